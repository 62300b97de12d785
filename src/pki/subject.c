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
    struct mdm_subject *subject = OPENSSL_zalloc(sizeof *subject);

    if (subject != NULL)
        subject->name = X509_NAME_new();
    if (subject == NULL || subject->name == NULL) {
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
    OPENSSL_free(*subject);
    *subject = NULL;
}

/* "BEFORE'FOREIGN'AFTER", with the foreign text made safe to print. Returns -1. */
static int refuse(struct mdm_error *err, const char *before, const char *foreign, size_t size, const char *after)
{
    char *safe = mdm_text_safe(foreign, size);

    mdm_error_set(err, MDM_E_USAGE, "%s'%s'%s", before, safe == NULL ? "?" : safe, after);
    free(safe);
    return -1;
}

/* No real OID is longer, and reading one takes time by the square of its length. */
#define OID_LENGTH_MAX 256

/* True for numbers with single dots between them; OBJ_txt2obj() accepts more than that. */
static bool is_dotted(const char *name)
{
    size_t numbers = 0;

    if (strlen(name) > OID_LENGTH_MAX)
        return false;
    for (;; name++, numbers++) {
        size_t digits = strspn(name, "0123456789");

        name += digits;
        if (digits == 0 || (*name != '.' && *name != '\0'))
            return false;
        if (*name == '\0')
            return numbers > 0;
    }
}

/* The type called `name`; *shown is its usual name. */
static ASN1_OBJECT *find_type(const char *name, const char **shown, struct mdm_error *err)
{
    ASN1_OBJECT *type = is_dotted(name) ? OBJ_txt2obj(name, 1) : NULL;
    int nid = OBJ_obj2nid(type);

    *shown = name;
    if (strcasecmp(name, "E") == 0)
        name = LN_pkcs9_emailAddress;
    for (size_t i = 0; i < TYPES; i++) {
        if (types[i] != nid && strcasecmp(name, OBJ_nid2sn(types[i])) != 0 &&
            strcasecmp(name, OBJ_nid2ln(types[i])) != 0)
            continue;
        *shown = OBJ_nid2sn(types[i]);
        return type != NULL ? type : OBJ_nid2obj(types[i]);
    }
    if (type != NULL)
        return type;
    ERR_clear_error();
    (void)refuse(err, "", name, strlen(name), " is not an attribute of a subject");
    mdm_error_hint(err, "Use C, ST, L, O, OU, CN, emailAddress, UID, DC, SN, GN, serialNumber, title, street, "
                        "postalCode or a dotted OID, with commas between the parts, as in "
                        "'C=US,O=Acme,CN=MDM Push'.");
    return NULL;
}

/* Checks the characters of a value and counts them. `kinds` are the string types (B_ASN1_...) that it may have. */
static int check_text(const char *name, const char *value, unsigned long kinds, long *characters, struct mdm_error *err)
{
    const unsigned char *p = (const unsigned char *)value;
    size_t size = strlen(value);
    int type = ASN1_PRINTABLE_type(p, -1);

    for (*characters = 0; size > 0; (*characters)++) {
        uint32_t c = 0;
        size_t length = mdm_utf8_read(p, size, &c);

        if (length == 0)
            return mdm_error_set(err, MDM_E_USAGE, "the value of %s is not valid UTF-8", name);
        if (mdm_utf8_is_control(c))
            return mdm_error_set(err, MDM_E_USAGE, "the value of %s holds a control character", name);
        p += length;
        size -= length;
    }
    if (kinds == B_ASN1_IA5STRING && type == V_ASN1_T61STRING)
        return mdm_error_set(err, MDM_E_USAGE, "the value of %s can have only ASCII characters", name);
    if (kinds == B_ASN1_PRINTABLESTRING && type != V_ASN1_PRINTABLESTRING)
        return mdm_error_set(err, MDM_E_USAGE,
                             "the value of %s can have only the letters A to Z, digits, spaces and '()+,-./:=?", name);
    return 0;
}

static int check_value(const char *name, int nid, const char *value, struct mdm_error *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const ASN1_STRING_TABLE *bounds = ASN1_STRING_TABLE_get(nid);
    bool is_country = nid == NID_countryName;
    long characters;

    if (value[0] == '\0')
        return mdm_error_set(err, MDM_E_USAGE, "the value of %s is empty", name);
    if (check_text(name, value, bounds == NULL || is_country ? 0 : bounds->mask, &characters, err) != 0)
        return -1;
    if (is_country && (characters != 2 || strspn(value, letters) != 2))
        return refuse(err, "C is ", value, strlen(value), ": expected the two letters of a country, such as US");
    if (bounds != NULL && bounds->maxsize > 0 && characters > bounds->maxsize)
        return mdm_error_set(err, MDM_E_USAGE, "the value of %s has %ld characters: the limit is %ld", name, characters,
                             bounds->maxsize);
    return 0;
}

int mdm_subject_add(struct mdm_subject *subject, const char *name, const char *value, struct mdm_error *err)
{
    const char *shown;
    ASN1_OBJECT *type;
    char country[3] = "";
    int result = -1;

    if (X509_NAME_entry_count(subject->name) >= PARTS_MAX)
        return mdm_error_set(err, MDM_E_USAGE, "the subject has more than %d parts", PARTS_MAX);
    type = find_type(name, &shown, err);
    if (type == NULL)
        return -1;
    if (check_value(shown, OBJ_obj2nid(type), value, err) == 0) {
        if (OBJ_obj2nid(type) == NID_countryName) {
            for (size_t i = 0; i < 2; i++)
                country[i] = (char)(value[i] & ~('a' - 'A')); /* upper case */
            value = country;
        }
        if (X509_NAME_add_entry_by_OBJ(subject->name, type, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) ==
            1)
            result = 0;
        else
            mdm_ossl_error(err, MDM_E_USAGE, "the value of %s does not fit into a subject", shown);
    }
    ASN1_OBJECT_free(type);
    return result;
}

static int refuse_special(char c, struct mdm_error *err)
{
    mdm_error_set(err, MDM_E_USAGE, "the subject has a bare '%c' in a value", c);
    return mdm_error_hint(err, "Write it as '\\%c'.", c);
}

/* Takes what follows a backslash off *text (RFC 4514 section 3: "pair"). */
static int read_escape(char **text, char *out, struct mdm_error *err)
{
    const char *p = *text;
    int high, low;

    if (*p != '\0' && strchr(",+\"\\<>;#= ", *p) != NULL) {
        *out = *p;
        *text += 1;
        return 0;
    }
    high = OPENSSL_hexchar2int((unsigned char)p[0]);
    low = high < 0 ? -1 : OPENSSL_hexchar2int((unsigned char)p[1]);
    if (low < 0 || high * 16 + low == 0) {
        mdm_error_set(err, MDM_E_USAGE, "the subject has a '\\' that escapes nothing");
        return mdm_error_hint(err,
                              "Write a backslash itself as '\\\\' and any byte as '\\' and two hexadecimal digits.");
    }
    *out = (char)(high * 16 + low);
    *text += 2;
    return 0;
}

/* Takes a value off *text, in place, and the comma after it; *text is NULL at the end. Spaces around it are dropped
 * unless they are escaped. */
static int read_value(char **text, char **value, struct mdm_error *err)
{
    char *in = *text + strspn(*text, " "), *out = in, *kept = in;

    *value = in;
    if (*in == '#')
        return refuse_special('#', err);
    while (*in != '\0' && *in != ',') {
        char c = *in++;

        if (strchr("+\";<>", c) != NULL)
            return refuse_special(c, err);
        *out = c;
        if (c == '\\' && read_escape(&in, out, err) != 0)
            return -1;
        out++;
        if (c != ' ')
            kept = out;
    }
    *text = *in == '\0' ? NULL : in + 1;
    *kept = '\0';
    return 0;
}

/* Takes the name in front of "=" off *text, in place. */
static int read_name(char **text, char **name, struct mdm_error *err)
{
    char *begin = *text + strspn(*text, " "), *equals = begin + strcspn(begin, "=,"), *end = equals;

    *name = begin;
    if (*equals != '=') {
        (void)refuse(err, "", begin, (size_t)(equals - begin), " in the subject has no '='");
        return mdm_error_hint(err,
                              "Write NAME=VALUE parts with commas between them, and a comma inside a value as '\\,'.");
    }
    while (end > begin && end[-1] == ' ')
        end--;
    *end = '\0';
    *text = equals + 1;
    return 0;
}

struct mdm_subject *mdm_subject_parse(const char *text, struct mdm_error *err)
{
    struct mdm_subject *subject = mdm_subject_new(err);
    char *copy = subject != NULL ? strdup(text) : NULL, *rest = copy, *name, *value;
    int result = 0;

    if (copy == NULL)
        result = mdm_error_memory(err);
    else if (text[strspn(text, " ")] == '\0')
        result = mdm_error_set(err, MDM_E_USAGE, "the subject is empty");
    while (result == 0 && rest != NULL)
        if (read_name(&rest, &name, err) != 0 || read_value(&rest, &value, err) != 0 ||
            mdm_subject_add(subject, name, value, err) != 0)
            result = -1;
    if (result != 0)
        mdm_subject_free(&subject);
    free(copy);
    return subject;
}
