about='a key file that asks for 2^31-1 rounds of key derivation is not waited for'
prepare() { lock_as -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 2048
    # 02 02 08 00 (2048) becomes 02 04 7f ff ff ff; two bytes longer, and so are the structures around it.
    openssl pkey -in "$SHELF/vendor.clear" >/dev/null
    perl -e '
        undef $/; my $pem = <>; use MIME::Base64;
        $pem =~ s/-----.*?-----//g; my $der = decode_base64($pem);
        sub tlv { my ($d) = @_; my $l = ord substr $d, 1, 1; my $h = 2; if ($l & 0x80) { my $n = $l & 0x7f; $l = 0; $l = $l << 8 | ord substr $d, 2 + $_, 1 for 0 .. $n - 1; $h += $n } return (substr($d, 0, 1), substr($d, $h, $l), substr($d, $h + $l)) }
        sub enc { my ($t, $v) = @_; my $l = length $v; return $t . ($l < 128 ? chr $l : $l < 256 ? "\x81" . chr $l : "\x82" . pack("n", $l)) . $v }
        sub fix { my ($d) = @_; my $o = ""; while (length $d) { my ($t, $v, $r) = tlv($d); if ($t eq "\x30") { $v = fix($v) } elsif ($t eq "\x02" && $v eq "\x08\x00") { $v = "\x7f\xff\xff\xff" } $o .= enc($t, $v); $d = $r } return $o }
        print "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", encode_base64(fix($der)), "-----END ENCRYPTED PRIVATE KEY-----\n";
    ' outputs/vendor.key >k
    chmod 600 k
    mv k outputs/vendor.key
}
err='outputs/vendor.key
more key derivation rounds'
