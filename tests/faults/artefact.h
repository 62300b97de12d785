/* Is a file what its name says, and all of it? */
#ifndef MDM_FAULTS_ARTEFACT_H
#define MDM_FAULTS_ARTEFACT_H

#include "bench.h"
#include "snapshot.h"

/*
 * NULL, or what is wrong with a file that the program made. `before` is what lay there before the run: copies of that
 * need no further proof.
 */
const char *artefact_fault(const struct bench *bench, const struct snapshot_file *file, const struct snapshot *before);

#endif
