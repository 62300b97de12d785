/* The guidance: what the person does before, between and after the steps. Printed by say.h, so nothing of it with -q.
 */
#ifndef MDM_CLI_WORDS_H
#define MDM_CLI_WORDS_H

#include <stdbool.h>

#include "mdmvendor/cert.h"
#include "mdmvendor/people.h"
#include "mdmvendor/when.h"

/* The three steps on one line each, with a mark at the one that is due: at a terminal, when a run begins. step 1-3; 0:
 * all done. */
void words_header(int step);

/* The first start, before step 1: what is needed beforehand, what will happen, that the folder must be kept. Call it
 * when there is no vendor key yet, before anything is asked. */
void words_before_step1(const char *directory);

/* After step 1: how to get mdm.cer. */
void words_after_step1(const char *directory);
/* After step 2: how to get the push certificate. `renew` is the certificate whose row must be renewed, or NULL the
 * first time. `csr_only` is true when the key is the customer's own (inputs/customer.csr): then the customer uploads.
 */
void words_after_step2(const char *directory, const struct mdm_cert_facts *renew, bool csr_only);
/* After step 3: what goes into the MDM server, when it expires, what to do next year. */
void words_after_step3(const char *directory, const struct mdm_cert_facts *push, mdm_time now);
/* After step 4: the request goes back to the customer. */
void words_after_step4(const char *directory);

/* One event of the work, as the callback people->tell gets it (guidance is not part of it). */
void words_event(const struct mdm_event *event, mdm_time now);

/* The result on stdout: "Topic ID: com.apple.mgmt.External...."; with -q the bare topic. */
void words_topic(const char *topic);

/* Explains a step for `mdmvendor help N`: result text for stdout; NULL for numbers other than 1-4. */
const char *words_step(int step);

#endif
