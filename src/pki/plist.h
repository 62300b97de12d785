/* The one user of libplist: a dictionary of strings as an XML property list, and back. */
#ifndef MDM_PKI_PLIST_H
#define MDM_PKI_PLIST_H

#include "base/bytes.h"

struct mdm_plist_entry {
    const char *key;
    const char *value; /* NUL-terminated */
};

/* Appends the XML of a dictionary with the entries in the order given. */
int mdm_plist_write(const struct mdm_plist_entry *entries, size_t count, struct mdm_bytes *xml, struct mdm_error *err);

struct mdm_plist; /* libplist's own node */
/* Reads an XML property list whose top is a dictionary. Error MDM_E_FAILED says what it is instead. */
struct mdm_plist *mdm_plist_read(const struct mdm_bytes *xml, struct mdm_error *err);

enum mdm_plist_found {
    MDM_PLIST_ABSENT,
    MDM_PLIST_STRING,
    MDM_PLIST_OTHER, /* the key is there with a value of another type, e.g. <data> */
};
/* Looks a key up; *value (the plist's) is set for strings. */
enum mdm_plist_found mdm_plist_string(struct mdm_plist *plist, const char *key, const char **value);
void mdm_plist_free(struct mdm_plist **plist);

/* The version of the libplist that runs, where it can tell (2.3 and later), else of the one it was built with. */
const char *mdm_plist_version(void);

#endif
