/* What a shared libmdmvendor exports: everything else is hidden. */
#ifndef MDMVENDOR_API_H
#define MDMVENDOR_API_H

#if defined(__GNUC__)
#define MDM_API __attribute__((visibility("default")))
#define MDM_PRINTF(format, first) __attribute__((format(printf, format, first)))
#else
#define MDM_API
#define MDM_PRINTF(format, first)
#endif

#endif
