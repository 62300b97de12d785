/* Recognises the work folder that a rehearsal left: nothing in it is real. */
#ifndef MDM_FLOW_REHEARSAL_H
#define MDM_FLOW_REHEARSAL_H

#include "base/date.h"
#include "pki/trust.h"

/* In the work folder: the CAs of the practice Apple. */
#define MDM_NAME_PRACTICE_CA "practice-ca.pem"

/*
 * The practice CAs of the folder, marked as practice, when it holds certificates and every one of them, in inputs/,
 * outputs/ and the archive, was issued by these CAs, all of which name themselves PRACTICE. NULL for every other
 * folder: a file of that name, put beside something real, changes nothing. `vendor_cert`: one that is used in place of
 * the folder's, or NULL.
 */
struct mdm_trust *mdm_rehearsal_trust(const char *directory, const char *vendor_cert, mdm_time now);

#endif
