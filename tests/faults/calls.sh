#!/bin/sh
# The calls of a program into libcrypto, from its imports, as CALL(name, value by which it says that it failed) for
# shim_crypto.c. Left out is what cannot fail, and what only compares or looks something up: calls.sh PROGRAM
set -eu
nm -D --undefined-only "$1" | awk '
    $NF !~ /@OPENSSL_/ { next }
    { name = $NF; sub(/@.*/, "", name) }
    name ~ /_(free|it|start|end|cleanse|cleanup|count|num|value|length|type|eof|close|expect|present|flags|unload)$/ { next }
    name ~ /^(ERR_|UI_(des|get|set)|EVP_(md5|sha|aes|Enc|add|PBE)|EVP_PKEY_(eq|is_a|get0|get_bits)|OBJ_(find|nid|obj))/ { next }
    name == "BN_CTX_get" { next } # of several only the last is to be looked at
    name ~ /cmp$|is_(odd|one)|num_bits|value_one|_s_(sec)?mem$|BIO_ctrl|set_mem_functions|OpenSSL_version|error_string/ { next }
    name ~ /^ASN1_(get_|object_|tag|TYPE_set|TIME_set|STRING_get0)|^NCONF_get|^X509V3_set|_(nid|flags|level)$|INFO_get_type/ { next }
    name ~ /^PKCS12_(get0|SAFEBAG_get0)|^X509_(ALGOR|SIG|ATTRIBUTE|EXTENSION|STORE_CTX|NAME|NAME_ENTRY)_(get|set)/ { next }
    name ~ /^X509_(get_(issuer|subject|serial|ext$|ext_by|key)|get0_(not|serial|auth|subject)|getm|supported)|_get0_PKEY/ { next }
    { print "CALL(" name ", " (name ~ /^i2d_|^BIO_(puts|write|printf)|DigestVerify$|to_UTF8$|verify_ex$|^X509_(verify|self_signed)$|DecodeBlock|print_ex$/ ? -1 : 0) ")" }'
