/* Signs a customer's CSR for Apple's push certificates portal; the key's password is the first line of stdin:
 *   sign_csr VENDOR_KEY VENDOR_CERT CSR [CA_BUNDLE] >plist_encode.txt
 * Build: cc sign_csr.c $(pkg-config --cflags --libs mdmvendor) -o sign_csr */
#include <mdmvendor.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { KEY = 1, CERT, CSR, BUNDLE, FILES }; /* arguments */

static int read_file(const char *name, char *block, size_t room, struct mdmvendor_view *view)
{
    FILE *file = fopen(name, "rb");
    size_t size = file != NULL ? fread(block, 1, room, file) : 0;

    if (file != NULL)
        fclose(file);
    view->data = block;
    view->size = size;
    if (size > 0 && size < room)
        return 0;
    fprintf(stderr, "sign_csr: cannot read '%s', or it is empty or too large\n", name);
    return -1;
}

static int sign(const struct mdmvendor_view *files, const char *password)
{
    const struct mdmvendor_vendor vendor = {
        .key = files[KEY],
        .key_password = password,
        .certificate = files[CERT],
        .ca = files[BUNDLE], /* none: Apple's */
        .at = time(NULL),
    };
    struct mdmvendor_error err;
    struct mdmvendor_buffer request = {NULL, 0};
    struct mdmvendor_signer *signer = mdmvendor_signer_new(&vendor, &err);
    int status = 1;

    if (signer == NULL || mdmvendor_sign(signer, files[CSR], &request, &err) != 0)
        fprintf(stderr, "sign_csr: %s\n", err.text);
    else if (fwrite(request.data, 1, request.size, stdout) == request.size && fflush(stdout) == 0)
        status = 0;
    mdmvendor_buffer_free(&request);
    mdmvendor_signer_free(&signer);
    return status;
}

int main(int argc, char **argv)
{
    static char blocks[FILES][65536]; /* one may hold a key: see the end */
    static char password[1024];
    struct mdmvendor_view files[FILES] = {{NULL, 0}};
    int status = 0;

    mdmvendor_process_begin();
    if (argc <= CSR || argc > FILES) {
        fprintf(stderr, "usage: sign_csr VENDOR_KEY VENDOR_CERT CSR [CA_BUNDLE]\n");
        return 2;
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* no copy of the password in a buffer */
    if (fgets(password, sizeof password, stdin) != NULL)
        password[strcspn(password, "\r\n")] = '\0';
    for (int i = KEY; i < argc && status == 0; i++)
        status = read_file(argv[i], blocks[i], sizeof blocks[i], &files[i]) != 0;
    if (status == 0)
        status = sign(files, password);
    memset(blocks, 0, sizeof blocks); /* before a call that could look at them, so that compilers leave it in */
    memset(password, 0, sizeof password);
    mdmvendor_process_end();
    return status;
}
