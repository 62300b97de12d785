/* Shows the certificate with mbedTLS, which reads PEM files and no PKCS #12. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef MBEDTLS_PSA_CRYPTO_C
#include <psa/crypto.h>
#endif

static void must(const char *what, int result)
{
    char text[128];

    if (result == 0)
        return;
    mbedtls_strerror(result, text, sizeof(text));
    fprintf(stderr, "%s: %s\n", what, text);
    exit(1);
}

int main(void)
{
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt ca, cert;
    mbedtls_pk_context key;
    mbedtls_net_context net;
    mbedtls_ssl_config config;
    mbedtls_ssl_context tls;
    const char *password = getenv("PASSWORD");

    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_x509_crt_init(&ca);
    mbedtls_x509_crt_init(&cert);
    mbedtls_pk_init(&key);
    mbedtls_net_init(&net);
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&tls);
#ifdef MBEDTLS_PSA_CRYPTO_C
    must("psa", (int)psa_crypto_init());
#endif
    must("random", mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0));
    must("CA", mbedtls_x509_crt_parse_file(&ca, getenv("CA")));
    must("certificate", mbedtls_x509_crt_parse_file(&cert, getenv("CERT")));
#if MBEDTLS_VERSION_MAJOR >= 3
    must("key", mbedtls_pk_parse_keyfile(&key, getenv("KEY"), password, mbedtls_ctr_drbg_random, &random));
#else
    must("key", mbedtls_pk_parse_keyfile(&key, getenv("KEY"), password));
#endif
    must("connect", mbedtls_net_connect(&net, "127.0.0.1", getenv("PORT"), MBEDTLS_NET_PROTO_TCP));
    must("config", mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                               MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_ca_chain(&config, &ca, NULL);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    must("pair", mbedtls_ssl_conf_own_cert(&config, &cert, &key));
    must("setup", mbedtls_ssl_setup(&tls, &config));
    must("name", mbedtls_ssl_set_hostname(&tls, "localhost"));
    mbedtls_ssl_set_bio(&tls, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    must("handshake", mbedtls_ssl_handshake(&tls));
    mbedtls_ssl_close_notify(&tls);
    return 0;
}
