/* Passwords: text of a bounded length in libcrypto's secure heap. */
#include <openssl/crypto.h>
#include <string.h>

#include "base/bytes.h"

#define ROOM (MDM_SECRET_MAX + 1)

struct mdm_secret {
    char *text;  /* ROOM bytes, zero behind the text */
    size_t size; /* without the NUL */
};

struct mdm_secret *mdm_secret_empty(struct mdm_error *err)
{
    struct mdm_secret *secret = OPENSSL_zalloc(sizeof *secret);

    if (secret != NULL)
        secret->text = OPENSSL_secure_zalloc(ROOM);
    if (secret == NULL || secret->text == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "no locked memory is left for a password");
        mdm_secret_free(&secret);
    }
    return secret;
}

struct mdm_secret *mdm_secret_new(const char *text, size_t size, struct mdm_error *err)
{
    struct mdm_secret *secret;

    if (size > MDM_SECRET_MAX) {
        (void)mdm_error_set(err, MDM_E_FAILED, "the password is longer than %d bytes", MDM_SECRET_MAX);
        return NULL;
    }
    if (size > 0 && memchr(text, '\0', size) != NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "the password holds a NUL byte");
        return NULL;
    }
    secret = mdm_secret_empty(err);
    if (secret != NULL && size > 0) {
        memcpy(secret->text, text, size);
        secret->size = size;
    }
    return secret;
}

int mdm_secret_push(struct mdm_secret *secret, char c)
{
    if (c == '\0' || secret->size == MDM_SECRET_MAX)
        return -1;
    secret->text[secret->size++] = c;
    return 0;
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0u) == 0x80u;
}

void mdm_secret_pop(struct mdm_secret *secret)
{
    bool continues;

    if (secret->size == 0)
        return;
    do {
        continues = continues_character(secret->text[--secret->size]);
        secret->text[secret->size] = '\0';
    } while (continues && secret->size > 0);
}

const char *mdm_secret_text(const struct mdm_secret *secret)
{
    return secret->text;
}

size_t mdm_secret_size(const struct mdm_secret *secret)
{
    return secret->size;
}

bool mdm_secret_equal(const struct mdm_secret *a, const struct mdm_secret *b)
{
    /* Both are zero behind the text and hold no NUL, so that comparing all of the room compares the lengths too. */
    return CRYPTO_memcmp(a->text, b->text, ROOM) == 0;
}

void mdm_secret_free(struct mdm_secret **secret)
{
    if (*secret == NULL)
        return;
    OPENSSL_secure_clear_free((*secret)->text, ROOM);
    OPENSSL_free(*secret);
    *secret = NULL;
}
