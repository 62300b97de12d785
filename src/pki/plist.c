/* The one user of libplist, with calls that work from 2.2 to 2.7: those that returned nothing in 2.2 are judged by
 * their results. */
#include <plist/plist.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "pki/pem.h"
#include "pki/request.h"

/* A request is under 16 KiB, and its dictionary has three strings. */
#define XML_SIZE_MAX ((size_t)1 << 20)
#define NODES_MAX    256
/* For each entity, libplist moves the rest of the text. Some tools write each line end of the chain as one. */
#define ENTITIES_MAX 8192

static void free_xml(char **xml)
{
#ifdef HAVE_PLIST_MEM_FREE
    plist_mem_free(*xml);
#else
    plist_to_xml_free(*xml);
#endif
}

int mdm_plist_write(const struct mdm_plist_entry *entries, size_t count, struct mdm_bytes *xml, struct mdm_error *err)
{
    MDM_OWNED(mdm_plist_free) struct mdm_plist *dict = plist_new_dict();
    MDM_OWNED(free_xml) char *text = NULL;
    uint32_t size = 0;
    bool ok = dict != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        plist_t node = plist_new_string(entries[i].value);

        /* Out of memory, libplist makes a node without a string, and adds it like any other. */
        ok = node != NULL && plist_get_string_ptr(node, NULL) != NULL;
        if (ok)
            plist_dict_set_item(dict, entries[i].key, node); /* the dict owns it now */
        else
            plist_free(node);
    }
    if (ok)
        (void)plist_to_xml(dict, &text, &size);
    return text != NULL ? mdm_bytes_append(xml, text, size, err)
                        : mdm_error_set(err, MDM_E_FAILED, "the property list cannot be written");
}

struct mdm_plist *mdm_plist_read(const struct mdm_bytes *xml, struct mdm_error *err)
{
    static const char *const nodes[] = {"<dict", "<array", "<key"};
    const char *problem = NULL;
    plist_t root = NULL;

    /* What no push certificate request has, and what would make a parser work hard. */
    if (xml->size == 0)
        problem = "it is empty";
    else if (xml->size > XML_SIZE_MAX)
        problem = "the property list is larger than 1 MiB";
    else if (memchr(xml->data, '\0', xml->size) != NULL)
        problem = "it holds a NUL byte, so it is not XML";
    else if (mdm_count(xml, "<!ENTITY", 1) != 0)
        problem = "the XML declares entities, which a property list does not need";
    else if (mdm_count(xml, "&", ENTITIES_MAX) >= ENTITIES_MAX)
        problem = "the property list has too many entities";
    for (size_t i = 0; problem == NULL && i < sizeof nodes / sizeof nodes[0]; i++)
        if (mdm_count(xml, nodes[i], NODES_MAX) >= NODES_MAX)
            problem = "the property list has too many entries";
    if (problem == NULL) {
        (void)plist_from_xml((const char *)xml->data, (uint32_t)xml->size, &root);
        if (root == NULL)
            problem = "it is not a well-formed XML property list";
        else if (plist_get_node_type(root) != PLIST_DICT)
            problem = "it is a property list, but not a dictionary";
    }
    if (problem == NULL)
        return root;
    mdm_error_set(err, MDM_E_FAILED, "%s", problem);
    plist_free(root);
    return NULL;
}

const char *mdm_plist_string(struct mdm_plist *plist, const char *key, struct mdm_error *err)
{
    plist_t node = plist_dict_get_item(plist, key);
    const char *value =
        node != NULL && plist_get_node_type(node) == PLIST_STRING ? plist_get_string_ptr(node, NULL) : NULL;

    if (node == NULL)
        mdm_error_set(err, MDM_E_FAILED, "the key %s is missing from the property list", key);
    else if (value == NULL)
        mdm_error_set(err, MDM_E_FAILED, "the value of %s is not a <string> (a <data>, perhaps), as it must be", key);
    return value;
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
