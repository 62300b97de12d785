/* What a file is, judged by its contents. */

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "pki/ossl.h"

#define LIMIT ((size_t)1 << 20)

/* How far into a text its first tag may be: comments can precede it. */
#define TEXT_HEAD 4096

/* How files of other programs begin, in upper or lower case, and what is near the beginning. */
struct rule {
    enum mdm_filekind kind;
    const char *start, *near; /* "": anything */
};
static const struct rule formats[] = {
    {MDM_FILEKIND_ZIP, "PK\3\4", ""},
    {MDM_FILEKIND_ZIP, "PK\5\6", ""},
    {MDM_FILEKIND_RTF, "{\\rtf", ""},
    {MDM_FILEKIND_SHORTCUT, "[InternetShortcut]", ""},
    {MDM_FILEKIND_SHORTCUT, "[Desktop Entry]", ""},
    {MDM_FILEKIND_JKS, "\xFE\xED\xFE\xED", ""},
    {MDM_FILEKIND_JCEKS, "\xCE\xCE\xCE\xCE", ""},
    {MDM_FILEKIND_PUTTY, "PuTTY-User-Key-File-", ""},
    {MDM_FILEKIND_KEYCHAIN, "kych", ""},
    {MDM_FILEKIND_PLIST, "bplist0", ""},
    {MDM_FILEKIND_PLIST, "<plist", ""},
    {MDM_FILEKIND_PLIST, "<!doctype plist", ""},
    {MDM_FILEKIND_PLIST, "<?xml", "<plist"},
    {MDM_FILEKIND_HTML, "<!doctype html", ""},
    {MDM_FILEKIND_HTML, "<head", ""},
    {MDM_FILEKIND_HTML, "<body", ""},
    {MDM_FILEKIND_HTML, "<", "<html"},
    {MDM_FILEKIND_HTML, "<", "<HTML"},
};
static const struct rule mail[] = {
    {MDM_FILEKIND_MAIL, "", "\nMIME-Version:"},
    {MDM_FILEKIND_MAIL, "MIME-Version:", ""},
    {MDM_FILEKIND_MAIL, "Received:", ""},
};

static enum mdm_filekind told_by(const struct rule *rules, size_t count, const struct mdm_bytes *text)
{
    size_t head = text->size < TEXT_HEAD ? text->size : TEXT_HEAD;

    for (const struct rule *rule = rules; rule < rules + count; rule++)
        if (text->size >= strlen(rule->start) &&
            strncasecmp((const char *)text->data, rule->start, strlen(rule->start)) == 0 &&
            (rule->near[0] == '\0' || mdm_pem_find(text->data, head, rule->near) != NULL))
            return rule->kind;
    return MDM_FILEKIND_UNKNOWN;
}

bool mdm_filekind_is_encrypted(const struct mdm_bytes *file)
{
    static const char oid[] = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", hex[] = "06092a864886f70d010703";
    size_t head = file->size < 64 ? file->size : 64;

    return mdm_pem_find(file->data, head, oid) != NULL || mdm_pem_find(file->data, head, hex) != NULL;
}

/* DER that is not a certificate: only parsing it tells the forms apart. */
static enum mdm_filekind der_kind(const struct mdm_bytes *file)
{
    const unsigned char *p = file->data;
    MDM_OWNED(mdm_free_X509_REQ) X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)file->size);
    const enum mdm_key_form form = mdm_key_form_of(file);

    return req != NULL              ? MDM_FILEKIND_CSR
           : form == MDM_KEY_PKCS12 ? MDM_FILEKIND_PKCS12
           : form == MDM_KEY_NONE   ? MDM_FILEKIND_UNKNOWN
           : form == MDM_KEY_PUBLIC ? MDM_FILEKIND_PUBLIC_KEY
                                    : MDM_FILEKIND_PRIVATE_KEY;
}

/* Text without a certificate. */
static enum mdm_filekind text_kind(const struct mdm_bytes *text)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes decoded = {0};
    enum mdm_filekind kind = MDM_FILEKIND_UNKNOWN;
    struct mdm_pem_block block;

    if (text->size == 0)
        return MDM_FILEKIND_EMPTY;
    for (size_t at = 0; mdm_pem_next(text, &at, &block);) {
        if (mdm_pem_ends(&block, "PRIVATE KEY")) /* counts for more than anything else in the file */
            return MDM_FILEKIND_PRIVATE_KEY;
        if (mdm_pem_ends(&block, "CERTIFICATE REQUEST"))
            kind = MDM_FILEKIND_CSR;
        else if (mdm_pem_ends(&block, "PUBLIC KEY") && kind == MDM_FILEKIND_UNKNOWN)
            kind = MDM_FILEKIND_PUBLIC_KEY;
    }
    if (kind != MDM_FILEKIND_UNKNOWN)
        return kind;
    /* A property list with at least one of a request's keys. */
    if (mdm_base64_decode(text->data, text->size, &decoded, NULL) == 0 &&
        mdm_pem_find(decoded.data, decoded.size, "<key>PushCert") != NULL)
        return MDM_FILEKIND_REQUEST;
    if ((text->data[0] == '{' || text->data[0] == '[') && text->size > 1 &&
        memchr("{[\" \t\r\n", text->data[1], 7) != NULL)
        return MDM_FILEKIND_JSON;
    return told_by(mail, sizeof mail / sizeof mail[0], text);
}

const char *mdm_filekind_words(enum mdm_filekind kind)
{
    static const char *const words[] = {
        [MDM_FILEKIND_UNKNOWN] = "a file of unknown type",
        [MDM_FILEKIND_EMPTY] = "an empty file",
        [MDM_FILEKIND_CERTIFICATE] = "a certificate",
        [MDM_FILEKIND_CSR] = "a certificate signing request (CSR)",
        [MDM_FILEKIND_PRIVATE_KEY] = "a private key",
        [MDM_FILEKIND_PUBLIC_KEY] = "a public key",
        [MDM_FILEKIND_PKCS12] = "a PKCS #12 file (.p12, .pfx)",
        [MDM_FILEKIND_REQUEST] = "a push certificate request (plist_encode)",
        [MDM_FILEKIND_PLIST] = "a property list",
        [MDM_FILEKIND_HTML] = "a web page (HTML)",
        [MDM_FILEKIND_ZIP] = "a ZIP archive",
        [MDM_FILEKIND_RTF] = "a formatted document (RTF)",
        [MDM_FILEKIND_JSON] = "JSON text",
        [MDM_FILEKIND_MAIL] = "an e-mail message",
        [MDM_FILEKIND_SHORTCUT] = "a shortcut, not the file that it points to",
        [MDM_FILEKIND_JKS] = "a Java keystore (JKS)",
        [MDM_FILEKIND_JCEKS] = "a Java keystore (JCEKS)",
        [MDM_FILEKIND_PUTTY] = "a PuTTY private key (.ppk)",
        [MDM_FILEKIND_KEYCHAIN] = "a macOS keychain",
        [MDM_FILEKIND_ENCRYPTED] = "an encrypted CMS message (.p7)",
        [MDM_FILEKIND_UTF16] = "UTF-16 text (two bytes per character)",
        [MDM_FILEKIND_DAMAGED] = "a damaged or incomplete certificate",
    };

    return words[kind];
}

enum mdm_filekind mdm_filekind_read(const struct mdm_bytes *file, struct mdm_certs *certs, struct mdm_error *err)
{
    if (file->size == 0)
        return MDM_FILEKIND_EMPTY;
    if (file->size >= 8 && memcmp(file->data, "L\0\0\0\x01\x14\x02\0", 8) == 0) /* MS-SHLLINK 2.1 */
        return MDM_FILEKIND_SHORTCUT;
    if (mdm_text_is_utf16(file->data, file->size))
        return MDM_FILEKIND_UTF16;
    if (file->size > LIMIT)
        return MDM_FILEKIND_UNKNOWN;
    if (mdm_filekind_is_encrypted(file))
        return MDM_FILEKIND_ENCRYPTED;
    size_t lead = mdm_text_mark(file->data, file->size);
    lead += mdm_space(file->data + lead, file->size - lead);
    const struct mdm_bytes text = {.data = file->data + lead, .size = file->size - lead};
    enum mdm_filekind kind = told_by(formats, sizeof formats / sizeof formats[0], &text);
    if (kind != MDM_FILEKIND_UNKNOWN)
        return kind; /* before looking for certificates: a request's property list has some in it */
    (void)ERR_set_mark();
    kind = mdm_certs_scan(file, certs, err) != 0    ? MDM_FILEKIND_DAMAGED
           : certs->count > 0                       ? MDM_FILEKIND_CERTIFICATE
           : mdm_der_begins(file->data, file->size) ? der_kind(file)
                                                    : text_kind(&text);
    (void)ERR_pop_to_mark();
    return kind;
}

enum mdm_filekind mdm_filekind_of(const struct mdm_bytes *file)
{
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};

    return mdm_filekind_read(file, &certs, NULL);
}

int mdm_certs_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_certs *out, struct mdm_error *err)
{
    const size_t before = out->count;

    if (mdm_certs_scan(file, out, err) != 0) {
        mdm_error_context(err, "'%s'", name);
        return mdm_error_hint(err, "Download the file again and copy it as it is, without opening it in an editor.");
    }
    return out->count > before ? 0
                               : mdm_error_set(err, MDM_E_FAILED, "there is no certificate in '%s': it is %s", name,
                                               mdm_filekind_words(mdm_filekind_of(file)));
}
