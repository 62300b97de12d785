/* Text broken between words, for every place that prints. */
#ifndef MDM_CLI_WRAP_H
#define MDM_CLI_WRAP_H

#include "base/bytes.h"

struct wrap {
    size_t column; /* where the first line begins */
    size_t indent; /* how far the later ones are indented */
    size_t width;  /* the most columns of a line; 0: no limit */
};

/* The columns of UTF-8 text, one for each character. */
size_t wrap_columns(const char *text, size_t size);

/* Appends one line of text. What stands in backquotes is a command, which stays in one piece. Error: out of memory. */
int wrap_append(struct mdm_bytes *out, const char *text, struct wrap at, struct mdm_error *err);

#endif
