/* What `mdmvendor rehearse` cannot do without: five RSA-2048 keys (three CAs, vendor, customer) and two key derivations
 * of 600,000 rounds (vendor.key, customer.key). */
#include <openssl/evp.h>
#include <openssl/rsa.h>

int main(void)
{
    unsigned char salt[16] = {0}, key[32];

    for (int i = 0; i < 5; i++) {
        EVP_PKEY *pkey = EVP_RSA_gen(2048);

        if (pkey == NULL)
            return 1;
        EVP_PKEY_free(pkey);
    }
    for (int i = 0; i < 2; i++)
        if (PKCS5_PBKDF2_HMAC("a password", 10, salt, sizeof salt, 600000, EVP_sha256(), sizeof key, key) != 1)
            return 1;
    return 0;
}
