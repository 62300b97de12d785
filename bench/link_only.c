/* Links what mdmvendor links and does nothing: the floor of its start-up. */
#include <openssl/crypto.h>
#include <plist/plist.h>
#include <stdio.h>

int main(void)
{
    plist_t unused = plist_new_dict();

    plist_free(unused);
    return puts(OpenSSL_version(OPENSSL_VERSION)) < 0;
}
