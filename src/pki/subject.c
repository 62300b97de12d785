/* The subject of a CSR: read from RFC 4514 text, checked, and made into an X.509 name. */
#include "pki/csr.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "pki/ossl.h"

/* No real subject has more parts. */
#define PARTS_MAX 64

/* The types that have a name here: libcrypto's short or long one. Their bounds and character sets are libcrypto's, too
 * (RFC 5280 appendix A.1; e-mail 128). */
static const int types[] = {
    NID_countryName, NID_stateOrProvinceName, NID_localityName, NID_organizationName, NID_organizationalUnitName,
    NID_commonName,  NID_pkcs9_emailAddress,  NID_userId,       NID_domainComponent,  NID_surname,
    NID_givenName,   NID_serialNumber,        NID_title,        NID_streetAddress,    NID_postalCode,
};
#define TYPES (sizeof types / sizeof types[0])

struct mdm_subject *mdm_subject_new(struct mdm_error *err)
{
    struct mdm_subject *subject = mdm_new(sizeof *subject, err);

    if (subject != NULL && (subject->name = X509_NAME_new()) == NULL) {
        mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
        mdm_subject_free(&subject);
    }
    return subject;
}

/* libcrypto keeps values of all these types as UTF-8 or ASCII, with a NUL at the end. */
const char *mdm_subject_find(const struct mdm_subject *subject, const char *name)
{
    int at = X509_NAME_get_index_by_NID(subject->name, OBJ_txt2nid(name), -1);

    return at < 0
               ? NULL
               : (const char *)ASN1_STRING_get0_data(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject->name, at)));
}

void mdm_subject_free(struct mdm_subject **subject)
{
    if (*subject == NULL)
        return;
    X509_NAME_free((*subject)->name);
    free(*subject);
    *subject = NULL;
}

/* No real OID is longer, and reading one takes time by the square of its length. */
#define OID_LENGTH_MAX 256

static ASN1_OBJECT *find_type(const char *name, struct mdm_error *err)
{
    const char *known = strcasecmp(name, "E") == 0 ? LN_pkcs9_emailAddress : name;
    const size_t size = strlen(name);
    ASN1_OBJECT *type = NULL;

    /* Numbers with single dots between them; OBJ_txt2obj() accepts more than that. */
    if (size <= OID_LENGTH_MAX && strspn(name, "0123456789.") == size && strchr(name, '.') != NULL &&
        strstr(name, "..") == NULL && name[0] != '.' && name[size - 1] != '.')
        type = OBJ_txt2obj(name, 1);
    for (size_t i = 0; type == NULL && i < TYPES; i++)
        if (strcasecmp(known, OBJ_nid2sn(types[i])) == 0 || strcasecmp(known, OBJ_nid2ln(types[i])) == 0)
            type = OBJ_nid2obj(types[i]);
    if (type != NULL)
        return type;
    ERR_clear_error();
    MDM_OWNED(mdm_free_at) char *safe = mdm_text_safe(name, size);
    mdm_error_set(err, MDM_E_USAGE,
                  "'%s' is not an attribute of a subject" MDM_HINT
                  "Use C, ST, L, O, OU, CN, emailAddress, UID, DC, SN, GN, serialNumber, title, street, postalCode or "
                  "a dotted OID, with commas between the parts, as in 'C=US,O=Acme,CN=MDM Push'.",
                  safe != NULL ? safe : "?");
    return NULL;
}

/* Checks what libcrypto does not, or does not say well. */
static int check_value(const char *name, int nid, const char *value, struct mdm_error *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const unsigned char *p = (const unsigned char *)value;

    if (value[0] == '\0')
        return mdm_error_set(err, MDM_E_USAGE, "the value of %s is empty", name);
    for (size_t size = strlen(value), length; size > 0; size -= length, p += length) {
        uint32_t c = 0;

        length = mdm_utf8_read(p, size, &c);
        if (length == 0)
            return mdm_error_set(err, MDM_E_USAGE, "the value of %s is not valid UTF-8", name);
        if (mdm_utf8_is_control(c))
            return mdm_error_set(err, MDM_E_USAGE, "the value of %s holds a control character", name);
    }
    if (nid == NID_countryName && (strlen(value) != 2 || strspn(value, letters) != 2)) {
        MDM_OWNED(mdm_free_at) char *safe = mdm_text_safe(value, strlen(value));

        return mdm_error_set(err, MDM_E_USAGE, "C is '%s': expected the two letters of a country, such as US",
                             safe != NULL ? safe : "?");
    }
    return 0;
}

int mdm_subject_add(struct mdm_subject *subject, const char *name, const char *value, struct mdm_error *err)
{
    if (X509_NAME_entry_count(subject->name) >= PARTS_MAX)
        return mdm_error_set(err, MDM_E_USAGE, "the subject has more than %d parts", PARTS_MAX);
    MDM_OWNED(mdm_free_ASN1_OBJECT) ASN1_OBJECT *type = find_type(name, err);
    const int nid = OBJ_obj2nid(type);
    if (nid != NID_undef)
        name = OBJ_nid2sn(nid);
    if (type == NULL || check_value(name, nid, value, err) != 0)
        return -1;
    const char country[] = {(char)(value[0] & ~('a' - 'A')), (char)(value[1] & ~('a' - 'A')), '\0'}; /* upper case */
    if (nid == NID_countryName)
        value = country;
    if (X509_NAME_add_entry_by_OBJ(subject->name, type, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) == 1)
        return 0;
    return mdm_ossl_error(err, MDM_E_USAGE, "the value of %s does not fit into a subject", name);
}

/* Takes a value off *text, in place, and the comma after it; *text is NULL at the end. Spaces around it are dropped
 * unless they are escaped. */
static int read_value(char **text, char **value, struct mdm_error *err)
{
    char *in = *text + strspn(*text, " "), *out = in, *kept = in;

    *value = in;
    while (*in != '\0' && *in != ',') {
        char c = *in++;

        if (strchr("+\";<>", c) != NULL || (c == '#' && out == *value))
            return mdm_error_set(err, MDM_E_USAGE,
                                 "the subject has a bare '%c' in a value" MDM_HINT "Write it as '\\%c'.", c, c);
        *out = c;
        if (c == '\\' && *in != '\0' && strchr(",+\"\\<>;#= ", *in) != NULL) { /* RFC 4514 section 3: "pair" */
            *out = *in++;
        } else if (c == '\\') {
            const int high = OPENSSL_hexchar2int((unsigned char)in[0]);
            const int low = high < 0 ? -1 : OPENSSL_hexchar2int((unsigned char)in[1]);
            if (low < 0 || high * 16 + low == 0)
                return mdm_error_set(
                    err, MDM_E_USAGE,
                    "the subject has a '\\' that escapes nothing" MDM_HINT
                    "Write a backslash itself as '\\\\' and any byte as '\\' and two hexadecimal digits.");
            *out = (char)(high * 16 + low);
            in += 2;
        }
        out++;
        if (c != ' ')
            kept = out;
    }
    *text = *in == '\0' ? NULL : in + 1;
    *kept = '\0';
    return 0;
}

struct mdm_subject *mdm_subject_parse(const char *text, struct mdm_error *err)
{
    MDM_OWNED(mdm_subject_free) struct mdm_subject *subject = mdm_subject_new(err);
    MDM_OWNED(mdm_free_at) char *copy = strdup(text);
    const bool is_empty = text[strspn(text, " ")] == '\0';

    if (copy == NULL)
        mdm_error_memory(err);
    else if (is_empty)
        mdm_error_set(err, MDM_E_USAGE, "the subject is empty");
    if (subject == NULL || copy == NULL || is_empty)
        return NULL;
    for (char *rest = copy, *value; rest != NULL;) {
        char *name = rest + strspn(rest, " "), *equals = name + strcspn(name, "=,"), *end = equals;

        if (*equals != '=') {
            MDM_OWNED(mdm_free_at) char *safe = mdm_text_safe(name, (size_t)(equals - name));

            mdm_error_set(err, MDM_E_USAGE,
                          "'%s' in the subject has no '='" MDM_HINT
                          "Write NAME=VALUE parts with commas between them, and a comma inside a value as '\\,'.",
                          safe != NULL ? safe : "?");
            return NULL;
        }
        while (end > name && end[-1] == ' ')
            end--;
        *end = '\0';
        rest = equals + 1;
        if (read_value(&rest, &value, err) != 0 || mdm_subject_add(subject, name, value, err) != 0)
            return NULL;
    }
    return mdm_take_at(&subject);
}
