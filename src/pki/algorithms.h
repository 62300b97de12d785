/* Which algorithms libcrypto makes ready in a program that starts anew for each signature. */
#ifndef MDM_PKI_ALGORITHMS_H
#define MDM_PKI_ALGORITHMS_H

/*
 * For programs, before anything else of libcrypto but its heap: no openssl.cnf, and of the tables by name from before
 * providers only the rows that are needed. Filling them takes a fifteenth of a signature.
 */
void mdm_algorithms_begin(void);

#endif
