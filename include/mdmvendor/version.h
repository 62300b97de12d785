/* Which versions are at work. */
#ifndef MDMVENDOR_VERSION_H
#define MDMVENDOR_VERSION_H

#include "mdmvendor/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
MDM_API const char *mdm_version(void);
/* The libcrypto that runs, in its own words: "OpenSSL 3.0.19 27 Jan 2026". */
MDM_API const char *mdm_version_libcrypto(void);
/* "2.2.0": of the libplist that runs where it can tell (2.3 and later), else of the one it was built with. */
MDM_API const char *mdm_version_libplist(void);

#ifdef __cplusplus
}
#endif
#endif
