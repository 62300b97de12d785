/* The CAs of a practice Apple, made when they are first needed. */
#ifndef MDM_PRACTICE_AUTHORITY_H
#define MDM_PRACTICE_AUTHORITY_H

#include "practice/certificate.h"

#include "practice/practice.h"

/* The CA, made now when it is the first time; it stays with the practice. NULL on failure. */
const struct mdm_authority *mdm_practice_authority(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                                   struct mdm_error *err);

#endif
