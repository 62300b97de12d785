/* What the status*.c share: one look at a folder, and what is made of it. */
#ifndef MDM_FLOW_STATUS_PARTS_H
#define MDM_FLOW_STATUS_PARTS_H

#include "flow/status.h"
#include "flow/survey.h"

struct mdm_looking {
    const struct mdm_status_options *options;
    const struct mdm_workspace *workspace;
    const struct mdm_survey *survey;
    struct mdm_error chain; /* why the vendor certificate's chain does not hold now; MDM_OK when it does */
    struct mdm_status *out;
};

/* A text made as by printf; free() it. NULL: out of memory, said in *err. */
char *mdm_status_format(struct mdm_error *err, const char *format, ...) MDM_PRINTF(2, 3);
/* Adds a copy. */
int mdm_texts_add(struct mdm_texts *texts, const char *text, struct mdm_error *err);

bool mdm_status_is_over(const struct mdm_looking *looking, const struct mdm_cert *cert);
bool mdm_status_ends_soon(const struct mdm_looking *looking, const struct mdm_cert *cert);

/* The push certificate that the pfx in outputs/ was made from while a renewal is under way; NULL otherwise. */
const struct mdm_cert *mdm_status_serving(const struct mdm_looking *looking, const struct mdm_item **item);

/* True when the push certificate in inputs/ is for another topic than the one before it, and no pfx was made of it;
 * *old is then the one before. */
bool mdm_status_topic_changes(const struct mdm_looking *looking, const struct mdm_cert_facts **old);

/* True, and why, when step 3 would refuse the push certificate that inputs/ holds for the customer's key. */
bool mdm_status_push_is_refused(const struct mdm_looking *looking, struct mdm_error *why);

/* True, and why, when a file of inputs/ lies where this role's certificate belongs and is not it. */
bool mdm_status_is_mistake(const struct mdm_looking *looking, enum mdm_role role, const struct mdm_item *item,
                           struct mdm_error *why);

/* Each fills its part of *looking->out; status_certs.c comes first, the others use what it finds. */
int mdm_status_read_certs(struct mdm_looking *looking, struct mdm_error *err);
int mdm_status_read_steps(const struct mdm_looking *looking, struct mdm_error *err);
int mdm_status_read_warnings(const struct mdm_looking *looking, struct mdm_error *err);

#endif
