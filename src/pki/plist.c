/* The one user of libplist, with calls that work from 2.2 to 2.7: those that returned nothing in 2.2 are judged by
 * their results. */
#include <plist/plist.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/request.h"

/* The dictionary of a request has three strings. */
#define ELEMENTS_MAX 512
/* For each entity, libplist moves the rest of the text. Some tools write each line end of the chain as one. */
#define ENTITIES_MAX 8192

#define SPACE " \t\r\n"

const char *const mdm_plist_keys[MDM_PARTS] = {"PushCertRequestCSR", "PushCertCertificateChain", "PushCertSignature"};

int mdm_plist_write(const char *const values[MDM_PARTS], struct mdm_bytes *xml, struct mdm_error *err)
{
    MDM_OWNED(mdm_plist_free) struct mdm_plist *dict = plist_new_dict();
    MDM_OWNED(mdm_free_at) char *text = NULL; /* plist_mem_free(), which 2.2 does not have, is free() but for Windows */
    uint32_t size = 0;
    bool ok = dict != NULL;

    for (size_t i = 0; ok && i < MDM_PARTS; i++) {
        plist_t node = plist_new_string(values[i]);

        /* Out of memory, libplist makes a node without a string, and adds it like any other. */
        ok = node != NULL && plist_get_string_ptr(node, NULL) != NULL;
        if (ok)
            plist_dict_set_item(dict, mdm_plist_keys[i], node); /* the dict owns it now */
        else
            plist_free(node);
    }
    if (ok)
        (void)plist_to_xml(dict, &text, &size);
    return text != NULL ? mdm_bytes_append(xml, text, size, err)
                        : mdm_error_set(err, MDM_E_FAILED, "the property list cannot be written");
}

/*
 * A strict look at the XML, for libplist is lax: it takes what stands around the property list, tags that do not fit
 * together, attributes without quotes and comments without an end, all of which other readers refuse or read otherwise.
 */
struct scan {
    const char *at;            /* what is left; NUL-terminated */
    size_t elements, entities; /* so far */
    size_t entries;            /* of the dictionary that ended last */
};

/* Takes what has this form: a space stands for white space that may be there, '_' for some that must, a quotation mark
 * for either kind, '*' for whatever is in quotes, '~' for all before the rest, and anything else for itself. */
static bool take(struct scan *s, const char *form)
{
    const char *at = s->at;
    char quote = '\0';

    for (; *form != '\0'; form++) {
        if (*form == ' ' || *form == '_') {
            if (*form == '_' && strspn(at, SPACE) == 0)
                return false;
            at += strspn(at, SPACE);
        } else if (*form == '*') {
            at += strcspn(at, (const char[]){quote, '<', '&', '\0'});
        } else if (*form == '~') {
            at = strstr(at, form + 1);
            if (at == NULL)
                return false;
        } else if (*form == '"' && (quote != '\0' ? *at == quote : *at == '"' || *at == '\'')) {
            quote = quote == '\0' ? *at : '\0';
            at++;
        } else if (*form == '"' || *at++ != *form) {
            return false;
        }
    }
    s->at = at;
    return true;
}

static bool take_declaration(struct scan *s)
{
    const bool yes = take(s, "_version = \"1.0\"");

    (void)(take(s, "_encoding = \"UTF-8\"") || take(s, "_encoding = \"utf-8\""));
    (void)(take(s, "_standalone = \"yes\"") || take(s, "_standalone = \"no\""));
    return yes && take(s, " ?>");
}

static bool is_char(uint32_t c)
{
    return c >= 0x20 ? c < 0xd800 || (c >= 0xe000 && c < 0xfffe) || (c >= 0x10000 && c < 0x110000)
                     : c == '\t' || c == '\n' || c == '\r';
}

static bool take_entity(struct scan *s)
{
    if (++s->entities >= ENTITIES_MAX)
        return false;
    if (take(s, "&amp;") || take(s, "&lt;") || take(s, "&gt;") || take(s, "&quot;") || take(s, "&apos;"))
        return true;
    if (!take(s, "&#"))
        return false;
    const bool hex = take(s, "x");
    const char *digits = s->at;
    s->at += strspn(digits, hex ? "0123456789ABCDEFabcdef" : "0123456789");
    return s->at > digits && s->at - digits <= 8 && is_char((uint32_t)strtoul(digits, NULL, hex ? 16 : 10)) &&
           take(s, ";");
}

/* Takes comments and, outside of text, white space; or all text up to the next tag. */
static bool take_text(struct scan *s, bool is_text)
{
    for (;;) {
        s->at += is_text ? strcspn(s->at, "<&]") : strspn(s->at, SPACE);
        if (take(s, "<!--")) {
            if (!take(s, "~--") || !take(s, ">"))
                return false;
        } else if (!is_text) {
            return true;
        } else if (*s->at == '&') {
            if (!take_entity(s))
                return false;
        } else if (take(s, "<![CDATA[")) {
            if (!take(s, "~]]>"))
                return false;
        } else if (*s->at == ']' && strncmp(s->at, "]]>", 3) != 0) {
            s->at++;
        } else {
            return *s->at == '<';
        }
    }
}

enum kind { PLIST, DICT, ARRAY, KEY }; /* all others hold text, too */
static const char *const names[] = {"plist", "dict", "array",   "key",  "string", "data",
                                    "date",  "real", "integer", "true", "false"};

/* One element and all that is in it; ELEMENTS_MAX also bounds how deep that is. */
static bool take_element(struct scan *s, size_t *kind)
{
    size_t children = 0, child;

    for (*kind = 0; !take(s, names[*kind]); (*kind)++)
        if (*kind + 1 == sizeof names / sizeof names[0])
            return false;
    if (++s->elements > ELEMENTS_MAX)
        return false;
    if (*kind == PLIST)
        (void)take(s, "_version = \"*\"");
    if (!take(s, " />")) {
        if (!take(s, " >") || !take_text(s, *kind >= KEY))
            return false;
        for (; *kind < KEY && s->at[0] == '<' && s->at[1] != '/'; children++) {
            const bool key_is_due = *kind == DICT && children % 2 == 0;

            s->at++;
            if (!take_element(s, &child) || child == PLIST || (child == KEY) != key_is_due || !take_text(s, false))
                return false;
        }
        if (!take(s, "</") || !take(s, names[*kind]) || !take(s, " >"))
            return false;
    }
    if (*kind == DICT)
        s->entries = children / 2;
    return *kind == PLIST ? children == 1 : *kind != DICT || children % 2 == 0;
}

static int scan(const struct mdm_bytes *xml, struct scan *s, struct mdm_error *err)
{
    const char *first = s->at;
    size_t kind, line = 1;
    uint32_t c = 0;

    /* XML is UTF-8 without control characters. */
    for (size_t i = 0, size; i < xml->size; i += size)
        if ((size = mdm_utf8_read(xml->data + i, xml->size - i, &c)) == 0 || !is_char(c))
            return mdm_error_set(err, MDM_E_FAILED, "it holds bytes that are not UTF-8 text, so it is not XML");
    s->at += mdm_text_mark(s->at, xml->size);
    if (take(s, "<?xml") ? s->at - first > 5 || !take_declaration(s) : take(s, " <?xml"))
        return mdm_error_set(err, MDM_E_FAILED, "it does not begin with <?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    /* A document type declares nothing: entities can be used to hide things, or to make a parser work hard. */
    const bool whole = take_text(s, false) &&
                       (!take(s, "<!DOCTYPE_plist") || take(s, " >") || take(s, "_SYSTEM_\"*\" >") ||
                        take(s, "_PUBLIC_\"*\"_\"*\" >")) &&
                       take_text(s, false) && take(s, "<") && take_element(s, &kind) && kind == PLIST &&
                       take_text(s, false);
    if (whole && *s->at != '\0')
        return mdm_error_set(err, MDM_E_FAILED, "%zu bytes follow the property list", strlen(s->at));
    if (s->entities >= ENTITIES_MAX || s->elements > ELEMENTS_MAX)
        return mdm_error_set(err, MDM_E_FAILED, "the property list has too many %s",
                             s->entities >= ENTITIES_MAX ? "entities" : "entries");
    if (whole)
        return 0;
    if (*s->at == '\0')
        return mdm_error_set(err, MDM_E_FAILED, "the property list has no end");
    for (; first < s->at; first++)
        line += *first == '\n';
    return mdm_error_set(err, MDM_E_FAILED, "it is not a well-formed XML property list (line %zu)", line);
}

struct mdm_plist *mdm_plist_read(const struct mdm_bytes *xml, struct mdm_error *err)
{
    struct scan s = {.at = (const char *)xml->data};
    plist_t node = NULL;

    if (scan(xml, &s, err) != 0)
        return NULL;
    (void)plist_from_xml((const char *)xml->data, (uint32_t)xml->size, &node);
    const bool is_dict = node != NULL && plist_get_node_type(node) == PLIST_DICT;
    if (is_dict && plist_dict_get_size(node) == s.entries)
        return node;
    mdm_error_set(err, MDM_E_FAILED, "%s",
                  is_dict        ? "a key is in the property list twice, and readers take the first or the last"
                  : node != NULL ? "it is a property list, but not a dictionary"
                                 : "a value in the property list is malformed");
    plist_free(node);
    return NULL;
}

int mdm_plist_strings(struct mdm_plist *plist, const char *values[MDM_PARTS], struct mdm_error *err)
{
    int result = 0;

    for (size_t i = 0; i < MDM_PARTS; i++) {
        plist_t node = plist_dict_get_item(plist, mdm_plist_keys[i]);

        values[i] = node != NULL && plist_get_node_type(node) == PLIST_STRING ? plist_get_string_ptr(node, NULL) : NULL;
        if (values[i] == NULL)
            result =
                mdm_error_set(err, MDM_E_FAILED,
                              node == NULL ? "the key %s is missing from the property list"
                                           : "the value of %s is not a <string> (a <data>, perhaps), as it must be",
                              mdm_plist_keys[i]);
    }
    return result;
}

void mdm_plist_free(struct mdm_plist **plist)
{
    plist_free(*plist);
    *plist = NULL;
}

const char *mdm_plist_version(void)
{
#ifdef HAVE_LIBPLIST_VERSION
    return libplist_version();
#else
    return PLIST_BUILT_WITH;
#endif
}
