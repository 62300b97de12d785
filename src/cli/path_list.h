/* A list of paths in a file or pipe (--from), read as it comes: one a line, or NUL-separated. */
#ifndef MDM_CLI_PATH_LIST_H
#define MDM_CLI_PATH_LIST_H

#include <stdbool.h>

#include "flow/batch.h"

struct path_list;

/* Opens the list; "-" is standard input. */
struct path_list *path_list_open(const char *name, struct mdm_error *err);
/* The next path, as `next` of struct mdm_batch_ends. Empty lines and the CR of CRLF are left out. */
enum mdm_batch_next path_list_next(struct path_list *list, bool wait, const char **path, struct mdm_error *err);
/* How much of the list was read, 0 to 1; -1 when its size is not known. */
double path_list_share(const struct path_list *list);
void path_list_close(struct path_list **list);

#endif
