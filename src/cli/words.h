/* The guidance: what the person does before, between and after the steps. Printed by say.h, so nothing of it with -q.
 */
#ifndef MDM_CLI_WORDS_H
#define MDM_CLI_WORDS_H

#include <limits.h>
#include <stdbool.h>

#include "flow/callbacks.h"
#include "pki/cert.h"

/* "Step 2 of 3: ...", and where `drawn` the three steps with a mark at this one. step 1-4. */
void words_header(int step, bool drawn);

/* A file of the work folder from the root: a browser's dialogue does not begin in the work folder. */
const char *words_path(const char *directory, const char *name, char out[PATH_MAX]);

/* The first start: what is needed beforehand, and that the folder must be kept and kept secret. */
void words_before_step1(void);

/* Between step 1 and 2, and between 2 and 3: where to upload what, where to put the download, and how to go on. */
void words_await(const char *directory, const struct mdm_wait *what);

/* After step 3: what goes into the MDM server, when it expires, what to do next year. */
void words_after_step3(const char *directory, const struct mdm_cert_facts *push, const char *portal);

/* A start with nothing left to do: what there is, and until when. */
void words_finished(const char *directory, const struct mdm_cert_facts *push);

/* After step 4, and after step 2 for a customer who keeps the key: the request goes to the customer. */
void words_deliver(const char *directory, const char *request);

/* After `csr`: the CSR goes to the vendor. */
void words_after_csr(const char *directory, const char *portal);

/* One event of the work, as callbacks->notify gets it, in a sentence. */
void words_event(const struct mdm_event *event);

/* The result on stdout: "Topic ID: com.apple.mgmt.External...."; with -q the bare topic. */
void words_topic(const char *topic);

/* `help capability`: where and with which words to ask Apple for the MDM CSR capability. */
void words_capability(const char *organisation);
/* `help servers`: which form each MDM server takes. */
void words_servers(void);

/* Explain steps 1 to 4, for `mdmvendor help N`. */
extern const char *const words_steps[];

#endif
