/*
 * A heap for libcrypto that wipes what is freed where passwords are handled. libcrypto wipes keys by itself, but not
 * everything that it makes of a password: the key derivation of PKCS#12 (RFC 7292 B) leaves its input, which is the
 * password over and over, in the heap. Wiping always would cost a fortieth of a signature.
 */
#ifndef MDM_PKI_WIPING_HEAP_H
#define MDM_PKI_WIPING_HEAP_H

/* For programs, before anything else of libcrypto: later it has no effect, and the two below have none either. */
void mdm_wiping_heap_install(void);

/* Between these, what this thread has libcrypto free is wiped. They nest. */
void mdm_wiping_begin(void);
void mdm_wiping_end(void);

#endif
