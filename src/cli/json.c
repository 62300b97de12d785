/* JSON into memory: commas, indents and escapes. */
#include "cli/json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void add(struct json *json, const char *text, size_t size)
{
    if (!json->failed && mdm_bytes_append(json->out, text, size, NULL) != 0)
        json->failed = true;
}

static void add_text(struct json *json, const char *text)
{
    add(json, text, strlen(text));
}

static void new_line(struct json *json)
{
    if (json->one_line)
        return;
    add_text(json, "\n");
    for (unsigned i = 0; i < json->depth; i++)
        add_text(json, "  ");
}

static void add_escaped(struct json *json, unsigned char c)
{
    static const char short_names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char escape[8];

    for (size_t i = 0; short_names[i] != '\0'; i += 2) {
        if (short_names[i] == (char)c) {
            (void)snprintf(escape, sizeof escape, "\\%c", short_names[i + 1]);
            add_text(json, escape);
            return;
        }
    }
    (void)snprintf(escape, sizeof escape, "\\u%04x", c);
    add_text(json, escape);
}

static void add_string(struct json *json, const char *value)
{
    const unsigned char *c = (const unsigned char *)value;
    size_t left = strlen(value);

    add_text(json, "\"");
    while (left > 0) {
        uint32_t point;
        const size_t size = mdm_utf8_read(c, left, &point);
        const size_t used = size == 0 ? 1 : size;

        if (*c < 0x20 || *c == '"' || *c == '\\' || *c == 0x7F)
            add_escaped(json, *c);
        else if (size == 0)
            add_text(json, "\xEF\xBF\xBD");
        else
            add(json, (const char *)c, size);
        c += used;
        left -= used;
    }
    add_text(json, "\"");
}

/* Everything that stands before a value: the comma after its elder, the new line, its key. */
static void begin_value(struct json *json, const char *key)
{
    if (json->depth > 0) {
        if (json->filled[json->depth - 1])
            add_text(json, json->one_line ? ", " : ",");
        json->filled[json->depth - 1] = true;
        new_line(json);
    }
    if (key != NULL) {
        add_string(json, key);
        add_text(json, ": ");
    }
}

static void open_level(struct json *json, const char *key, const char *opening, char closing)
{
    begin_value(json, key);
    if (json->depth == JSON_DEPTH_MAX) {
        json->failed = true;
        return;
    }
    add_text(json, opening);
    json->closing[json->depth] = closing;
    json->filled[json->depth] = false;
    json->depth++;
}

void json_begin(struct json *json, struct mdm_bytes *out)
{
    *json = (struct json){.out = out};
}

void json_object(struct json *json, const char *key)
{
    open_level(json, key, "{", '}');
}

void json_array(struct json *json, const char *key)
{
    open_level(json, key, "[", ']');
}

void json_close(struct json *json)
{
    if (json->depth == 0)
        return;
    json->depth--;
    if (json->filled[json->depth])
        new_line(json);
    add(json, &json->closing[json->depth], 1);
}

void json_string(struct json *json, const char *key, const char *value)
{
    begin_value(json, key);
    if (value == NULL)
        add_text(json, "null");
    else
        add_string(json, value);
}

void json_integer(struct json *json, const char *key, long long value)
{
    char digits[32];

    begin_value(json, key);
    (void)snprintf(digits, sizeof digits, "%lld", value);
    add_text(json, digits);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    add_text(json, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
    json_string(json, key, NULL);
}

void json_time(struct json *json, const char *key, mdm_time value)
{
    char text[MDM_TIME_TEXT_MAX];

    mdm_time_format(value, text);
    json_string(json, key, text);
}

int json_end(struct json *json, struct mdm_error *err)
{
    while (json->depth > 0)
        json_close(json);
    add_text(json, "\n");
    if (json->failed)
        return mdm_error_memory(err);
    return 0;
}
