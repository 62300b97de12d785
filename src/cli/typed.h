/* Commands as they must be typed here: as this program was called, with the options that change what comes of them. */
#ifndef MDM_CLI_TYPED_H
#define MDM_CLI_TYPED_H

#include "cli/opt.h"

/* `called`: argv[0]. MDMVENDOR_CALLED_AS in the environment counts for more: a script that starts us sets it. */
void typed_program(const char *called);
/* The options of this run; the text that they point to must live as long. */
void typed_options(const struct mdm_options *options);

/*
 * Appends `text`, in which every command (it begins with "mdmvendor", and stands in backquotes or on a line indented by
 * four spaces) is written so that it works when pasted. Want of memory is left in *err.
 */
void typed_append(struct mdm_bytes *out, const char *text, struct mdm_error *err);

#endif
