/* The caller's error object: the first error stays, context goes in front. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void mdm_error_clear(struct mdm_error *err)
{
    if (err != NULL)
        *err = (struct mdm_error){0};
}

int mdm_error_vset(struct mdm_error *err, enum mdm_code code, const char *format, va_list arguments)
{
    char both[MDM_ERROR_TEXT_MAX + MDM_ERROR_HINT_MAX], head[MDM_ERROR_TEXT_MAX];
    const size_t size = strcspn(format, MDM_HINT);
    va_list again;
    int end;

    if (err == NULL || err->code != MDM_OK)
        return -1;
    err->code = code;
    (void)snprintf(head, sizeof head, "%.*s", (int)size, format);
    /* The text ends where its part of the format does, not at the first mark: an argument may hold one. */
    va_copy(again, arguments);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    end = vsnprintf(err->text, sizeof err->text, head, again);
#pragma GCC diagnostic pop
    va_end(again);
    if (format[size] == '\0' || code == MDM_E_MEMORY)
        return -1;
    (void)vsnprintf(both, sizeof both, format, arguments);
    if (end >= 0 && (size_t)end < strlen(both))
        (void)snprintf(err->hint, sizeof err->hint, "%s", both + end + 1);
    return -1;
}

int mdm_error_set(struct mdm_error *err, enum mdm_code code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)mdm_error_vset(err, code, format, arguments);
    va_end(arguments);
    return -1;
}

/* Appends ": " and more to the text. */
static void add_text(struct mdm_error *err, const char *more)
{
    size_t used = strlen(err->text);

    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", more);
}

int mdm_error_system(struct mdm_error *err, int error_number, const char *format, ...)
{
    enum mdm_code code = error_number == ENOMEM ? MDM_E_MEMORY : error_number == EEXIST ? MDM_E_EXISTS : MDM_E_FAILED;
    va_list arguments;

    if (err == NULL || err->code != MDM_OK)
        return -1;
    va_start(arguments, format);
    (void)mdm_error_vset(err, code, format, arguments);
    va_end(arguments);
    add_text(err, strerror(error_number));
    return -1;
}

int mdm_error_memory(struct mdm_error *err)
{
    return mdm_error_set(err, MDM_E_MEMORY, "out of memory");
}

int mdm_error_copy(struct mdm_error *err, const struct mdm_error *why)
{
    if (err != NULL && err->code == MDM_OK)
        *err = *why;
    return -1;
}

int mdm_error_hint(struct mdm_error *err, const char *format, ...)
{
    va_list arguments;

    if (err == NULL || err->code == MDM_OK || err->code == MDM_E_MEMORY || err->hint[0] != '\0')
        return -1;
    va_start(arguments, format);
    (void)vsnprintf(err->hint, sizeof err->hint, format, arguments);
    va_end(arguments);
    return -1;
}

int mdm_error_context(struct mdm_error *err, const char *format, ...)
{
    char old[MDM_ERROR_TEXT_MAX];
    va_list arguments;

    if (err == NULL || err->code == MDM_OK)
        return -1;
    memcpy(old, err->text, sizeof old);
    va_start(arguments, format);
    (void)vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    add_text(err, old);
    return -1;
}
