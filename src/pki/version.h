/* Which versions are at work. */
#ifndef MDM_PKI_VERSION_H
#define MDM_PKI_VERSION_H

#include "base/api.h"

/* "0.1.0" */
const char *mdm_version(void);
/* The libcrypto that runs, in its own words: "OpenSSL 3.0.19 27 Jan 2026". */
const char *mdm_version_libcrypto(void);
/* "2.2.0": of the libplist that runs where it can tell (2.3 and later), else of the one it was built with. */
const char *mdm_version_libplist(void);

#endif
