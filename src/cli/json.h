/* Writes JSON (RFC 8259) into memory. */
#ifndef MDM_CLI_JSON_H
#define MDM_CLI_JSON_H

#include "base/bytes.h"

#define JSON_DEPTH_MAX 16

/* A writer: `struct json json = {.out = &bytes};`. `key` is NULL at the top and in arrays. json_end says when memory
 * ran out. */
struct json {
    struct mdm_bytes *out;
    struct mdm_error err;
    bool one_line; /* no line breaks and no indents */
    unsigned depth;
    char closing[JSON_DEPTH_MAX]; /* of each open level: '}' or ']' */
};

/* Opens an object, "{}", or an array, "[]"; json_close closes the innermost one. */
void json_open(struct json *json, const char *key, const char *pair);
void json_close(struct json *json);
/* Bytes that are not UTF-8 become U+FFFD. NULL becomes null. */
void json_string(struct json *json, const char *key, const char *value);
void json_integer(struct json *json, const char *key, long long value);
void json_bool(struct json *json, const char *key, bool value);
/* Closes all levels and ends the last line. Error: out of memory. */
int json_end(struct json *json, struct mdm_error *err);
/* Ends it, prints it to stdout (when memory ran out: see say_result_lost), and frees *out. */
void json_print(struct json *json);

#endif
