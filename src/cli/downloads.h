/* --downloads: while waiting at a terminal, looks for Apple's file where browsers put it. */
#ifndef MDM_CLI_DOWNLOADS_H
#define MDM_CLI_DOWNLOADS_H

#include "flow/callbacks.h"

struct downloads;

/* `given`: the value of --downloads, "" for the user's download folder. Error MDM_E_USAGE: that is root's, or unknown.
 */
struct downloads *downloads_new(const char *given, const char *work_folder, struct mdm_error *err);

/* A file that came or changed since the last look and holds a certificate for the key of what was uploaded: its name,
 * and *cert for mdm_cert_free; NULL when there is none. */
const char *downloads_find(struct downloads *downloads, const struct mdm_wait *what, struct mdm_cert **cert);
/* Copies the file that was found last into inputs/. */
int downloads_take(const struct downloads *downloads, struct mdm_error *err);
const char *downloads_folder(const struct downloads *downloads);
void downloads_free(struct downloads **downloads);

#endif
