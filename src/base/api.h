/* Lets the compiler check the arguments of our printf-like functions. */
#ifndef MDM_BASE_API_H
#define MDM_BASE_API_H

#if defined(__GNUC__)
#define MDM_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define MDM_PRINTF(text, first)
#endif

#endif
