/*
 * What the fuzz targets share. A target is one file with one LLVMFuzzerTestOneInput, which feeds a reader and demands
 * more than that it survives: what was read must be fit to print, come back the same when it is written and read again,
 * and what libcrypto says about it must agree.
 */
#ifndef MDM_FUZZ_H
#define MDM_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "pki/cert.h"
#include "pki/trust.h"

/* The password of every encrypted seed. */
#define FUZZ_PASSWORD "password"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Ends the process as a crash does, so that the fuzzer keeps the input. */
#define FUZZ_REQUIRE(condition)                                                                                        \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fuzz_failed(__FILE__, __LINE__, #condition);                                                               \
    } while (0)
_Noreturn void fuzz_failed(const char *file, int line, const char *condition);

/* The input as the readers take it: the same memory, so that a byte read behind its end is found. */
struct mdm_bytes fuzz_bytes(const uint8_t *data, size_t size);

/* True when all of it is UTF-8 without a character that could command or deceive a terminal. NULL is none. */
bool fuzz_is_safe(const char *text);
/* A failed call must have said something. */
void fuzz_check_error(const struct mdm_error *err);
/* Everything that the facts promise (mdmvendor/cert.h). */
void fuzz_check_facts(const struct mdm_cert_facts *facts);

/* The certificate reader, for files of any form; and the trust made of them. */
void fuzz_certificates(const struct mdm_bytes *file);

/*
 * Several files in one input, as `head -v` shows them: a line "==> NAME <==" in front of each, and a newline behind it
 * that does not count. What stands before the first such line is left out.
 */
struct fuzz_part {
    char name[256];
    struct mdm_bytes bytes; /* a copy of exactly its size */
};
#define FUZZ_PARTS_MAX 64
struct fuzz_parts {
    struct fuzz_part items[FUZZ_PARTS_MAX];
    size_t count;
};
void fuzz_parts_read(const uint8_t *data, size_t size, struct fuzz_parts *parts);
/* The contents of the first part of that name, or NULL. */
const struct mdm_bytes *fuzz_part(const struct fuzz_parts *parts, const char *name);
void fuzz_parts_free(struct fuzz_parts *parts);

/* Of the part "ca"; Apple's when there is none or it cannot be read. Not the caller's. */
const struct mdm_trust *fuzz_trust(const struct fuzz_parts *parts);
/* The part "at" (as --at takes it); a fixed time when there is none. */
mdm_time fuzz_time(const struct fuzz_parts *parts);

#endif
