/*
 * libcrypto's functions as the program calls them, refused on demand. shim_calls.h, made from the program's own imports
 * (calls.sh), has a CALL for each: its name and the value by which it says that it failed.
 *
 * One wrapper fits all: on the processors that Linux runs on, twelve words passed on are what any function of up to
 * twelve integer and pointer arguments expects, and an int comes back in the lower half of a long.
 */
#include <stdlib.h>
#include <string.h>

#include "shim.h"

typedef long any_function(long, long, long, long, long, long, long, long, long, long, long, long);

static bool is_due(const char *name, const void *caller)
{
    if (!shim_on || shim_is_busy || !shim_in_program(caller)) /* libcrypto calls itself, too */
        return false;
    if (shim_order.counts == 'c' && shim_order.trace && shim_order.at == 0)
        shim_keep_path(3, 0);
    return shim_is_due('c', &shim_crypto_calls, name);
}

/* As libcrypto leaves it behind: its error queue says why. */
static void leave_error(const char *name)
{
    static void (*begin)(void), (*place)(const char *, int, const char *), (*set)(int, int, const char *, ...);
    const int of_memory = 65 | 0x04 << 18 | 0x02 << 18; /* ERR_R_MALLOC_FAILURE */
    const int asn1 = 13;                                /* ERR_LIB_ASN1, one of many */

    if (begin == NULL) {
        *(void **)&begin = shim_next("ERR_new");
        *(void **)&place = shim_next("ERR_set_debug");
        *(void **)&set = shim_next("ERR_set_error");
    }
    begin();
    place("", 0, name);
    set(asn1, of_memory, NULL);
}

/* A key out of the pool is read for the tests, not by the program. */
static bool is_for_tests(const char *name)
{
    return strcmp(name, "EVP_PKEY_Q_keygen") == 0 && getenv("MDM_CHEAP_KEYS") != NULL;
}

#define CALL(name, failure)                                                                                            \
    SHIM_EXPORT any_function name;                                                                                     \
    SHIM_EXPORT long name(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k,      \
                          long l)                                                                                      \
    {                                                                                                                  \
        static any_function *real;                                                                                     \
        bool was_busy = shim_is_busy;                                                                                  \
        long result;                                                                                                   \
                                                                                                                       \
        if (is_due(#name, __builtin_return_address(0))) {                                                              \
            leave_error(#name);                                                                                        \
            return failure;                                                                                            \
        }                                                                                                              \
        if (real == NULL)                                                                                              \
            *(void **)&real = shim_next(#name);                                                                        \
        shim_is_busy = was_busy || is_for_tests(#name);                                                                \
        result = real(a, b, c, d, e, f, g, h, i, j, k, l);                                                             \
        shim_is_busy = was_busy;                                                                                       \
        return result;                                                                                                 \
    }

#include "shim_calls.h"
