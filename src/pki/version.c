/* The versions of this library and of those below it. */
#include "pki/version.h"

#include <openssl/crypto.h>

#include "pki/plist_xml.h"

const char *mdm_version(void)
{
    return MDM_VERSION;
}

const char *mdm_version_libcrypto(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

const char *mdm_version_libplist(void)
{
    return mdm_plist_version();
}
