/* Signs a customer's CSR for Apple's push certificates portal, in memory; the key's password is stdin's first line:
 *   sign_csr VENDOR_KEY VENDOR_CERT CSR [CA_BUNDLE] >plist_encode
 * Build: cc sign_csr.c $(pkg-config --cflags --libs mdmvendor) -o sign_csr, or with the CMakeLists.txt here. */
#include "pki/process.h"
#include "pki/request.h"
#include <stdio.h>
#include <time.h>

enum { KEY = 1, CERT, CSR, BUNDLE, FILES }; /* arguments */

static void read_file(const char *name, struct mdm_bytes *out, struct mdm_error *err)
{
    unsigned char block[65536];
    FILE *file = fopen(name, "rb");
    size_t size = file != NULL ? fread(block, 1, sizeof block, file) : 0;

    if (size == 0 || size == sizeof block)
        mdm_error_set(err, MDM_E_FAILED, "cannot read '%s', or it is empty or too large", name);
    else
        mdm_bytes_append(out, block, size, err);
    if (file != NULL)
        fclose(file);
    mdm_wipe(block, sizeof block); /* it may have been a key */
}

static struct mdm_secret *read_password(struct mdm_error *err)
{
    struct mdm_secret *password = mdm_secret_empty(err);
    int c;

    setvbuf(stdin, NULL, _IONBF, 0); /* no copy of it in a buffer */
    while (password != NULL && (c = getchar()) != EOF && c != '\n')
        mdm_secret_push(password, (char)c); /* what is too long is the wrong password */
    return password;
}

static void sign(char **names, const struct mdm_bytes *files, struct mdm_bytes *request, struct mdm_error *err)
{
    struct mdm_secret *password = read_password(err);
    struct mdm_key *key = mdm_key_from_bytes(&files[KEY], names[KEY], password, err);
    struct mdm_csr *csr = mdm_csr_from_bytes(&files[CSR], names[CSR], err);
    struct mdm_trust *trust =
        files[BUNDLE].size > 0 ? mdm_trust_from_bytes(&files[BUNDLE], names[BUNDLE], err) : mdm_trust_apple(err);
    struct mdm_certs certs = {0}; /* the vendor's first, intermediates may follow */
    struct mdm_signer *signer = NULL;

    if (mdm_certs_from_bytes(&files[CERT], names[CERT], &certs, err) == 0 && key != NULL && trust != NULL)
        signer = mdm_signer_new(key, names[KEY], certs.items[0], names[CERT], trust, &certs, (mdm_time)time(NULL), err);
    if (signer != NULL && csr != NULL)
        mdm_signer_sign(signer, csr, names[CSR], request, err);
    mdm_signer_free(&signer);
    mdm_certs_free(&certs);
    mdm_trust_free(&trust);
    mdm_csr_free(&csr);
    mdm_key_free(&key);
    mdm_secret_free(&password);
}

int main(int argc, char **argv)
{
    struct mdm_bytes files[FILES] = {{0}}, request = {0};
    struct mdm_error err = {0};

    mdm_process_harden();
    if (argc <= CSR || argc > FILES)
        mdm_error_set(&err, MDM_E_USAGE, "usage: sign_csr VENDOR_KEY VENDOR_CERT CSR [CA_BUNDLE]");
    for (int i = KEY; i < argc && err.code == MDM_OK; i++)
        read_file(argv[i], &files[i], &err);
    if (err.code == MDM_OK)
        sign(argv, files, &request, &err);
    if (err.code == MDM_OK && fwrite(request.data, 1, request.size, stdout) != request.size)
        mdm_error_set(&err, MDM_E_FAILED, "cannot write the request");
    if (err.code != MDM_OK)
        fprintf(stderr, "sign_csr: %s\n", err.text);
    for (int i = KEY; i < FILES; i++)
        mdm_bytes_free(&files[i]);
    mdm_bytes_free(&request);
    return mdm_error_status(&err);
}
