/*
 * The caller's error object. The first error stays; callers on the way up put context in front of it.
 *
 * Functions return 0 (or a pointer) on success and -1 (or NULL) on failure, and fill the struct mdm_error that the
 * caller gave them, which may be NULL.
 */
#ifndef MDM_BASE_ERROR_H
#define MDM_BASE_ERROR_H

#include <stdarg.h>

/* Lets the compiler check the arguments of our printf-like functions. */
#define MDM_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))

/* What went wrong, for programs. Up to MDM_E_EXPIRED the numbers are exit statuses. */
enum mdm_code {
    MDM_OK = 0,
    MDM_E_FAILED = 1,     /* unreadable or malformed input, disk, memory, crypto */
    MDM_E_USAGE = 2,      /* the call itself is wrong */
    MDM_E_WAITING = 3,    /* Apple's file is not there yet */
    MDM_E_UNANSWERED = 4, /* input needed, and no terminal */
    MDM_E_REFUSED = 5,    /* does not belong together, not trusted, not yet valid, wrong kind, new topic */
    MDM_E_EXPIRED = 6,    /* a certificate is past its validity */
    /* Kinds of MDM_E_FAILED, of the same exit status. */
    MDM_E_MEMORY,
    MDM_E_EXISTS,      /* there is a file or folder of that name already */
    MDM_E_UNSUPPORTED, /* encrypted with an algorithm that libcrypto does not offer here */
    MDM_E_PASSWORD,    /* a password is wrong, or the file that it opens is damaged */
    MDM_E_INTERRUPTED, /* by a signal, whose number, and 128, is the exit status */
};

#define MDM_ERROR_TEXT_MAX 2048
#define MDM_ERROR_HINT_MAX 1024

struct mdm_error {
    enum mdm_code code;
    char text[MDM_ERROR_TEXT_MAX];   /* what was found and expected: lower case, no final stop */
    char hint[MDM_ERROR_HINT_MAX];   /* what to do next, or "" */
    char detail[MDM_ERROR_TEXT_MAX]; /* libcrypto's own words, for --debug, or "" */
};

void mdm_error_clear(struct mdm_error *err);

/* Between the text and the hint of a format: "'%s' is not a key" MDM_HINT "Put the key there." */
#define MDM_HINT "\036"

/* Sets code, text and, when the format has one, the hint, unless an error is set already. Returns -1, so that callers
 * can `return mdm_error_set(...)`. */
int mdm_error_vset(struct mdm_error *err, enum mdm_code code, const char *format, va_list arguments) MDM_PRINTF(3, 0);
int mdm_error_set(struct mdm_error *err, enum mdm_code code, const char *format, ...) MDM_PRINTF(3, 4);

/* As mdm_error_set with MDM_E_FAILED (ENOMEM: MDM_E_MEMORY, EEXIST: MDM_E_EXISTS); ": " and the system's words for
 * `error_number` follow the text. */
int mdm_error_system(struct mdm_error *err, int error_number, const char *format, ...) MDM_PRINTF(3, 4);

/* Sets MDM_E_MEMORY. Returns -1. */
int mdm_error_memory(struct mdm_error *err);

/* Copies `why` unless an error is set already. Returns -1. */
int mdm_error_copy(struct mdm_error *err, const struct mdm_error *why);

/* Sets the hint of an error that has none, except of MDM_E_MEMORY. Returns -1. */
int mdm_error_hint(struct mdm_error *err, const char *format, ...) MDM_PRINTF(2, 3);

/* Puts the formatted words and ": " in front of the text. Returns -1. */
int mdm_error_context(struct mdm_error *err, const char *format, ...) MDM_PRINTF(2, 3);

#endif
