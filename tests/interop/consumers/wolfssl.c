/* Shows the certificate with wolfSSL. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <wolfssl/options.h> /* which the others go by */

#include <wolfssl/openssl/pkcs12.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

static void must(const char *what, int done)
{
    if (done)
        return;
    fprintf(stderr, "%s: refused\n", what);
    exit(1);
}

static int password(char *out, int size, int writing, void *context)
{
    (void)writing;
    (void)context;
    return snprintf(out, (size_t)size, "%s", getenv("PASSWORD"));
}

static void from_p12(WOLFSSL_CTX *context, const char *path)
{
    FILE *file = fopen(path, "rb");
    WC_PKCS12 *p12 = NULL;
    WOLFSSL_EVP_PKEY *key = NULL;
    WOLFSSL_X509 *cert = NULL;
    WOLF_STACK_OF(WOLFSSL_X509) *others = NULL;

    must("file", file && wolfSSL_d2i_PKCS12_fp(file, &p12));
    must("PKCS #12", wolfSSL_PKCS12_parse(p12, getenv("PASSWORD"), &key, &cert, &others) == WOLFSSL_SUCCESS);
    must("certificate", wolfSSL_CTX_use_certificate(context, cert) == WOLFSSL_SUCCESS);
    must("key", wolfSSL_CTX_use_PrivateKey(context, key) == WOLFSSL_SUCCESS);
    fclose(file);
}

static void from_pem(WOLFSSL_CTX *context)
{
    wolfSSL_CTX_set_default_passwd_cb(context, password);
    must("certificate",
         wolfSSL_CTX_use_certificate_file(context, getenv("CERT"), WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS);
    must("key", wolfSSL_CTX_use_PrivateKey_file(context, getenv("KEY"), WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS);
}

int main(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(getenv("PORT")))};
    WOLFSSL_CTX *context;
    WOLFSSL *tls;
    int net = socket(AF_INET, SOCK_STREAM, 0);

    wolfSSL_Init();
    context = wolfSSL_CTX_new(wolfTLSv1_2_client_method());
    must("CA", wolfSSL_CTX_load_verify_locations(context, getenv("CA"), NULL) == WOLFSSL_SUCCESS);
    if (getenv("P12"))
        from_p12(context, getenv("P12"));
    else
        from_pem(context);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    must("connect", connect(net, (struct sockaddr *)&to, sizeof(to)) == 0);
    tls = wolfSSL_new(context);
    must("handshake", wolfSSL_set_fd(tls, net) == WOLFSSL_SUCCESS && wolfSSL_connect(tls) == WOLFSSL_SUCCESS);
    wolfSSL_shutdown(tls);
    return 0;
}
