/* What a shared libmdmvendor exports: everything else is hidden. */
#ifndef MDMVENDOR_API_H
#define MDMVENDOR_API_H

#if defined(__GNUC__)
#define MDM_API                 __attribute__((visibility("default")))
#define MDM_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define MDM_API
#define MDM_PRINTF(text, first)
#endif

#endif
