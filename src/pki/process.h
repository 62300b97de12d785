/* What a process that handles private keys does to itself before anything else, and what it runs with. */
#ifndef MDM_PKI_PROCESS_H
#define MDM_PKI_PROCESS_H

/*
 * Gives libcrypto its secure heap (locked, guarded memory for our own copies of keys and passwords) and an ordinary one
 * that wipes whatever it frees (in programs that called libcrypto before, that is left out), keeps it from reading
 * openssl.cnf (mdm_key_from_uri alone loads it), turns core dumps and tracing off, and sets the umask to 077. For
 * programs: a library user who has a say in these does it otherwise. To be called once, before anything else of this
 * library. What the system does not grant is left as it is: nothing of it is needed for right results.
 */
void mdm_process_harden(void);

/*
 * Ends libcrypto, and with it the module of a token. For programs that used one, as the last call before main returns:
 * later, at exit, the module's own destructors may have run, and SoftHSM crashes when it is told to finish then.
 * Nothing of this library may be called afterwards.
 */
void mdm_process_end(void);

/* Which versions are at work. */
const char *mdm_version(void);
/* The libcrypto that runs, in its own words: "OpenSSL 3.0.19 27 Jan 2026". */
const char *mdm_version_libcrypto(void);

#endif
