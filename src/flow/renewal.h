/* The yearly renewal, told from the files alone. */
#ifndef MDM_FLOW_RENEWAL_H
#define MDM_FLOW_RENEWAL_H

#include "flow/survey.h"

/*
 * A renewal is under way when the pfx in outputs/ was made from a push certificate that no longer lies in inputs/ but
 * in the archive: its archive folder holds what was replaced. Returns that folder's name (the survey's), or NULL.
 */
const char *mdm_renewal_folder(const struct mdm_survey *survey);

#endif
