/* The subject of a CSR: read from RFC 4514 text, checked value by value, made into an X.509 name. */
#include "pki/subject.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/utf8.h"
#include "pki/ossl.h"

/* Nobody's subject has more parts. */
#define PARTS_MAX 64

enum charset {
    ANY,       /* Unicode */
    ASCII,     /* IA5String */
    PRINTABLE, /* PrintableString (X.680 41.4) */
};

struct attribute {
    const char *name;
    const char *alias; /* accepted as well */
    int nid;
    size_t most; /* characters; 0: no bound */
    enum charset charset;
};

/* Upper bounds: RFC 5280 appendix A.1; e-mail as libcrypto has it (RFC 5280 says 255). The others have none there. */
static const struct attribute attributes[] = {
    {"C", "countryName", NID_countryName, 2, PRINTABLE},
    {"ST", "stateOrProvinceName", NID_stateOrProvinceName, 128, ANY},
    {"L", "localityName", NID_localityName, 128, ANY},
    {"O", "organizationName", NID_organizationName, 64, ANY},
    {"OU", "organizationalUnitName", NID_organizationalUnitName, 64, ANY},
    {"CN", "commonName", NID_commonName, 64, ANY},
    {"emailAddress", "E", NID_pkcs9_emailAddress, 128, ASCII},
    {"UID", "userId", NID_userId, 256, ANY}, /* RFC 4519 2.39: at least 256 */
    {"DC", "domainComponent", NID_domainComponent, 0, ASCII},
    {"SN", "surname", NID_surname, 32768, ANY},
    {"GN", "givenName", NID_givenName, 32768, ANY},
    {"serialNumber", NULL, NID_serialNumber, 64, PRINTABLE},
    {"title", NULL, NID_title, 64, ANY},
    {"street", "streetAddress", NID_streetAddress, 0, ANY},
    {"postalCode", NULL, NID_postalCode, 40, ANY}, /* X.520 */
};
static const size_t attribute_count = sizeof attributes / sizeof attributes[0];

struct entry {
    char *name;
    char *value;
    ASN1_OBJECT *type;
};

struct mdm_subject {
    struct entry *entries;
    size_t count;
};

struct mdm_subject *mdm_subject_new(struct mdm_error *err)
{
    struct mdm_subject *subject = OPENSSL_zalloc(sizeof *subject);

    if (subject == NULL)
        (void)mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
    return subject;
}

static void entry_free(struct entry *entry)
{
    OPENSSL_free(entry->name);
    OPENSSL_free(entry->value);
    ASN1_OBJECT_free(entry->type);
}

void mdm_subject_free(struct mdm_subject **subject)
{
    if (*subject == NULL)
        return;
    for (size_t i = 0; i < (*subject)->count; i++)
        entry_free(&(*subject)->entries[i]);
    OPENSSL_free((*subject)->entries);
    OPENSSL_free(*subject);
    *subject = NULL;
}

size_t mdm_subject_count(const struct mdm_subject *subject)
{
    return subject->count;
}

const char *mdm_subject_name(const struct mdm_subject *subject, size_t index)
{
    return subject->entries[index].name;
}

const char *mdm_subject_value(const struct mdm_subject *subject, size_t index)
{
    return subject->entries[index].value;
}

static const struct attribute *attribute_by_name(const char *name)
{
    for (size_t i = 0; i < attribute_count; i++) {
        const struct attribute *a = &attributes[i];

        if (strcasecmp(name, a->name) == 0 || (a->alias != NULL && strcasecmp(name, a->alias) == 0))
            return a;
    }
    return NULL;
}

static const struct attribute *attribute_by_nid(int nid)
{
    for (size_t i = 0; i < attribute_count; i++)
        if (attributes[i].nid == nid)
            return &attributes[i];
    return NULL;
}

/* Refuses by a sentence with one "%s" for text from outside, which is shown safely. */
static int refuse(struct mdm_error *err, const char *before, const char *foreign, size_t size, const char *after)
{
    char *safe = mdm_text_safe(foreign, size);

    (void)mdm_error_set(err, MDM_E_USAGE, "%s'%s'%s", before, safe == NULL ? "?" : safe, after);
    free(safe);
    return -1;
}

/* Longer OIDs are nobody's, and to read one costs the square of its length. */
#define OID_LENGTH_MAX 256

/* True for numbers with single dots between them; OBJ_txt2obj() takes more than that. */
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

/* Finds the type that `name` stands for; *attribute is NULL for OIDs that have no row in the table. */
static ASN1_OBJECT *find_type(const char *name, const struct attribute **attribute, struct mdm_error *err)
{
    ASN1_OBJECT *type = NULL;

    *attribute = attribute_by_name(name);
    if (*attribute != NULL)
        return OBJ_nid2obj((*attribute)->nid);
    if (is_dotted(name))
        type = OBJ_txt2obj(name, 1);
    if (type == NULL) {
        ERR_clear_error();
        (void)refuse(err, "", name, strlen(name), " is not a name that a subject has");
        (void)mdm_error_hint(err,
                             "Use C, ST, L, O, OU, CN, emailAddress, UID, DC, SN, GN, serialNumber, title, street, "
                             "postalCode or a dotted OID, with commas between the parts, as in "
                             "'C=US,O=Acme,CN=MDM Push'.");
        return NULL;
    }
    *attribute = attribute_by_nid(OBJ_obj2nid(type));
    return type;
}

static bool in_charset(uint32_t c, enum charset charset)
{
    switch (charset) {
    case ANY:
        return true;
    case ASCII:
        return c < 0x80;
    case PRINTABLE:
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               (c != 0 && c < 0x80 && strchr(" '()+,-./:=?", (int)c) != NULL);
    }
    return false;
}

/* Checks the characters of a value and counts them. */
static int check_text(const char *name, const char *value, enum charset charset, size_t *characters,
                      struct mdm_error *err)
{
    const unsigned char *p = (const unsigned char *)value;
    size_t size = strlen(value);

    for (*characters = 0; size > 0; (*characters)++) {
        uint32_t c = 0;
        size_t length = mdm_utf8_read(p, size, &c);

        if (length == 0)
            return mdm_error_set(err, MDM_E_USAGE, "the value of %s is not valid UTF-8", name);
        if (mdm_utf8_is_control(c))
            return mdm_error_set(err, MDM_E_USAGE, "the value of %s holds a control character", name);
        if (!in_charset(c, charset))
            return mdm_error_set(err, MDM_E_USAGE, "the value of %s can only have %s", name,
                                 charset == ASCII ? "ASCII characters"
                                                  : "the letters A to Z, digits, spaces and '()+,-./:=?");
        p += length;
        size -= length;
    }
    return 0;
}

/* For types that have no row in the table: libcrypto has bounds for some of them. */
static int check_foreign_type(const char *name, const char *value, const ASN1_OBJECT *type, struct mdm_error *err)
{
    X509_NAME_ENTRY *entry = X509_NAME_ENTRY_create_by_OBJ(NULL, type, MBSTRING_UTF8, (const unsigned char *)value, -1);

    if (entry == NULL)
        return mdm_ossl_error(err, MDM_E_USAGE, "the value of %s does not fit into a subject", name);
    X509_NAME_ENTRY_free(entry);
    return 0;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int check_value(const char *name, const char *value, const struct attribute *attribute, struct mdm_error *err)
{
    bool is_country = attribute != NULL && attribute->nid == NID_countryName;
    enum charset charset = attribute == NULL || is_country ? ANY : attribute->charset;
    size_t characters;

    if (value[0] == '\0')
        return mdm_error_set(err, MDM_E_USAGE, "the value of %s is empty", name);
    if (check_text(name, value, charset, &characters, err) != 0)
        return -1;
    if (is_country && !(characters == 2 && is_letter(value[0]) && is_letter(value[1])))
        return refuse(err, "C is ", value, strlen(value), ": expected the two letters of a country, such as US");
    if (attribute != NULL && attribute->most != 0 && characters > attribute->most)
        return mdm_error_set(err, MDM_E_USAGE, "the value of %s has %zu characters: at most %zu fit", name, characters,
                             attribute->most);
    return 0;
}

static void upper_case(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 'a' + 'A');
}

/* Appends; the subject owns `entry` afterwards. */
static int append_entry(struct mdm_subject *subject, struct entry entry, struct mdm_error *err)
{
    struct entry *grown;

    if (subject->count >= PARTS_MAX) {
        entry_free(&entry);
        return mdm_error_set(err, MDM_E_USAGE, "the subject has more than %d parts", PARTS_MAX);
    }
    grown = OPENSSL_realloc(subject->entries, (subject->count + 1) * sizeof *grown);
    if (grown != NULL)
        subject->entries = grown;
    if (grown == NULL || entry.name == NULL || entry.value == NULL) {
        entry_free(&entry);
        return mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
    }
    subject->entries[subject->count++] = entry;
    return 0;
}

int mdm_subject_add(struct mdm_subject *subject, const char *name, const char *value, struct mdm_error *err)
{
    const struct attribute *attribute;
    ASN1_OBJECT *type = find_type(name, &attribute, err);
    const char *shown = attribute != NULL ? attribute->name : name;
    struct entry entry;

    if (type == NULL)
        return -1;
    if (check_value(shown, value, attribute, err) != 0 ||
        (attribute == NULL && check_foreign_type(shown, value, type, err) != 0)) {
        ASN1_OBJECT_free(type);
        return -1;
    }
    entry = (struct entry){OPENSSL_strdup(shown), OPENSSL_strdup(value), type};
    if (attribute != NULL && attribute->nid == NID_countryName && entry.value != NULL)
        upper_case(entry.value);
    return append_entry(subject, entry, err);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Takes the escape behind a backslash off *text (RFC 4514 section 3: "pair"). */
static int read_escape(const char **text, char *out, struct mdm_error *err)
{
    const char *p = *text;
    int high, low;

    if (*p != '\0' && strchr(",+\"\\<>;#= ", *p) != NULL) {
        *out = *p;
        *text += 1;
        return 0;
    }
    high = hex_digit(p[0]);
    low = high < 0 ? -1 : hex_digit(p[1]);
    if (low < 0 || high * 16 + low == 0) {
        (void)mdm_error_set(err, MDM_E_USAGE, "the subject has a '\\' with nothing behind it that it could escape");
        return mdm_error_hint(err,
                              "Write a backslash itself as '\\\\' and any byte as '\\' and two hexadecimal digits.");
    }
    *out = (char)(high * 16 + low);
    *text += 2;
    return 0;
}

static int refuse_special(char c, struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_USAGE, "the subject has a bare '%c' in a value", c);
    return mdm_error_hint(err, "Write it as '\\%c'.", c);
}

/* Reads the value at *text into `out` (as large as the rest of the text) and leaves *text at the comma or the end.
 * Spaces around it do not count unless they are escaped. */
static int read_value(const char **text, char *out, struct mdm_error *err)
{
    size_t size = 0, kept = 0;

    *text += strspn(*text, " ");
    if (**text == '#')
        return refuse_special('#', err);
    while (**text != '\0' && **text != ',') {
        char c = *(*text)++;

        if (strchr("+\";<>", c) != NULL)
            return refuse_special(c, err);
        if (c == '\\' && read_escape(text, &out[size], err) != 0)
            return -1;
        if (c != '\\')
            out[size] = c;
        size++;
        if (c != ' ')
            kept = size;
    }
    out[kept] = '\0';
    return 0;
}

/* Reads the name in front of "=" into `out`. */
static int read_name(const char **text, char *out, struct mdm_error *err)
{
    const char *begin = *text + strspn(*text, " ");
    size_t part = strcspn(begin, ",");
    const char *equals = memchr(begin, '=', part);
    size_t size;

    if (equals == NULL) {
        (void)refuse(err, "", begin, part, " in the subject has no '='");
        return mdm_error_hint(err,
                              "Write NAME=VALUE parts with commas between them, and a comma inside a value as '\\,'.");
    }
    size = (size_t)(equals - begin);
    while (size > 0 && begin[size - 1] == ' ')
        size--;
    memcpy(out, begin, size);
    out[size] = '\0';
    *text = equals + 1;
    return 0;
}

static int parse_into(struct mdm_subject *subject, const char *text, char *name, char *value, struct mdm_error *err)
{
    if (text[strspn(text, " ")] == '\0')
        return mdm_error_set(err, MDM_E_USAGE, "the subject is empty");
    for (;;) {
        if (read_name(&text, name, err) != 0 || read_value(&text, value, err) != 0 ||
            mdm_subject_add(subject, name, value, err) != 0)
            return -1;
        if (*text == '\0')
            return 0;
        text++; /* the comma */
    }
}

struct mdm_subject *mdm_subject_parse(const char *text, struct mdm_error *err)
{
    struct mdm_subject *subject = mdm_subject_new(err);
    size_t room = strlen(text) + 1;
    char *name = OPENSSL_malloc(room);
    char *value = OPENSSL_malloc(room);

    if (subject != NULL && (name == NULL || value == NULL))
        (void)mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
    if (subject != NULL && (name == NULL || value == NULL || parse_into(subject, text, name, value, err) != 0))
        mdm_subject_free(&subject);
    OPENSSL_free(name);
    OPENSSL_free(value);
    return subject;
}

X509_NAME *mdm_subject_to_name(const struct mdm_subject *subject, struct mdm_error *err)
{
    X509_NAME *name = X509_NAME_new();

    for (size_t i = 0; name != NULL && i < subject->count; i++) {
        const struct entry *entry = &subject->entries[i];

        if (X509_NAME_add_entry_by_OBJ(name, entry->type, MBSTRING_UTF8, (const unsigned char *)entry->value, -1, -1,
                                       0) != 1) {
            (void)mdm_ossl_error(err, MDM_E_USAGE, "%s does not fit into a subject", entry->name);
            X509_NAME_free(name);
            return NULL;
        }
    }
    if (name == NULL)
        (void)mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
    return name;
}
