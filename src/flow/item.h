/* Reading one file for a survey: what it is and what it says. */
#ifndef MDM_FLOW_ITEM_H
#define MDM_FLOW_ITEM_H

#include "flow/survey.h"

/* Reads dir/NAME and adds it; a missing file is added with MDM_FILE_ABSENT. `shown` is the folder's name for callbacks.
 * The pointer is good until the next call. NULL: out of memory. */
struct mdm_item *mdm_items_add(struct mdm_items *items, const struct mdm_dir *dir, const char *name, const char *shown,
                               struct mdm_error *err);
/* Adds a file that the user named by path; one that cannot be read is an error. */
int mdm_items_add_path(struct mdm_items *items, const char *path, struct mdm_error *err);
void mdm_items_free(struct mdm_items *items);

#endif
