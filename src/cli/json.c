/* Commas, indents and escapes of JSON. */
#include "cli/json.h"

#include <string.h>

#include "base/text.h"
#include "cli/say.h"

static void add(struct json *json, const char *text)
{
    (void)mdm_bytes_append_text(json->out, text, &json->err);
}

static void new_line(struct json *json)
{
    if (!json->one_line)
        (void)mdm_bytes_format(json->out, &json->err, "\n%*s", (int)(2 * json->depth), "");
}

static void add_string(struct json *json, const char *value)
{
    static const char escaped[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    size_t size;

    add(json, "\"");
    for (const char *c = value; *c != '\0'; c += size == 0 ? 1 : size) {
        const char *found = strchr(escaped, *c);
        uint32_t point;

        size = mdm_utf8_read((const unsigned char *)c, strnlen(c, 4), &point);
        if (found != NULL)
            (void)mdm_bytes_format(json->out, &json->err, "\\%c", names[found - escaped]);
        else if (size == 0)
            add(json, "\xEF\xBF\xBD");
        else if (point < 0x20 || point == 0x7F)
            (void)mdm_bytes_format(json->out, &json->err, "\\u%04x", (unsigned)point);
        else
            (void)mdm_bytes_append(json->out, c, size, &json->err);
    }
    add(json, "\"");
}

/* Has the innermost level a member? Only at its beginning its mark is the last byte. */
static bool is_filled(const struct json *json)
{
    return json->out->size > 0 && strchr("{[", json->out->data[json->out->size - 1]) == NULL;
}

/* Writes what comes before a value: a comma, a line break, the key. */
static void begin_value(struct json *json, const char *key)
{
    if (json->depth > 0) {
        if (is_filled(json))
            add(json, json->one_line ? ", " : ",");
        new_line(json);
    }
    if (key != NULL) {
        add_string(json, key);
        add(json, ": ");
    }
}

void json_open(struct json *json, const char *key, const char *pair)
{
    begin_value(json, key);
    if (json->depth == JSON_DEPTH_MAX) {
        mdm_error_memory(&json->err);
        return;
    }
    (void)mdm_bytes_append(json->out, &pair[0], 1, &json->err);
    json->closing[json->depth++] = pair[1];
}

void json_close(struct json *json)
{
    if (json->depth == 0)
        return;
    json->depth--;
    if (is_filled(json))
        new_line(json);
    (void)mdm_bytes_append(json->out, &json->closing[json->depth], 1, &json->err);
}

void json_string(struct json *json, const char *key, const char *value)
{
    begin_value(json, key);
    if (value == NULL)
        add(json, "null");
    else
        add_string(json, value);
}

void json_integer(struct json *json, const char *key, long long value)
{
    begin_value(json, key);
    (void)mdm_bytes_format(json->out, &json->err, "%lld", value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    add(json, value ? "true" : "false");
}

int json_end(struct json *json, struct mdm_error *err)
{
    while (json->depth > 0)
        json_close(json);
    add(json, "\n");
    return json->err.code == MDM_OK ? 0 : mdm_error_copy(err, &json->err);
}

void json_print(struct json *json)
{
    if (json_end(json, NULL) == 0)
        say_result_bytes(json->out->data, json->out->size);
    else
        say_result_lost();
    mdm_bytes_free(json->out);
}
