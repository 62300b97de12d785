/* The subject (distinguished name) of a CSR. */
#ifndef MDM_PKI_SUBJECT_H
#define MDM_PKI_SUBJECT_H

#include <stddef.h>

#include "base/error.h"

struct mdm_subject;

/*
 * Reads "C=US,O=Acme,CN=MDM Push,emailAddress=a@b.c": RFC 4514 escapes (\, \+ \" \\ \< \> \; \# \HH), UTF-8, names
 * case- insensitive (C ST L O OU CN emailAddress/E UID DC SN GN serialNumber title street postalCode) or dotted OIDs.
 * The order as written is the order in the CSR. Errors (MDM_E_USAGE, each with what was found and what is right): an
 * unknown name, an empty value, a country that is not two letters, a CN over 64 characters (RFC 5280 upper bounds), an
 * e-mail address that is not ASCII, text that is not UTF-8, control characters.
 */
struct mdm_subject *mdm_subject_parse(const char *text, struct mdm_error *err);

/* An empty one, to be filled by mdm_subject_add in the order of the CSR. */
struct mdm_subject *mdm_subject_new(struct mdm_error *err);

/* Adds one value ("CN", "MDM Push"), unescaped, with the checks of mdm_subject_parse. C is written in upper case. */
int mdm_subject_add(struct mdm_subject *subject, const char *name, const char *value, struct mdm_error *err);

size_t mdm_subject_count(const struct mdm_subject *subject);
/* Name ("CN") and value of entry `index`; both belong to the subject. */
const char *mdm_subject_name(const struct mdm_subject *subject, size_t index);
const char *mdm_subject_value(const struct mdm_subject *subject, size_t index);

/* The value of the first entry of this name, or NULL. */
const char *mdm_subject_find(const struct mdm_subject *subject, const char *name);

void mdm_subject_free(struct mdm_subject **subject);

#endif
