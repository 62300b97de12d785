/* One run through the steps: what the files of the flow share. */
#ifndef MDM_FLOW_RUN_H
#define MDM_FLOW_RUN_H

#include "flow/flow.h"
#include "flow/survey.h"
#include "pki/request.h"

/* A side's key once it is unlocked, so that a run asks for each password once. */
struct mdm_unlocked {
    struct mdm_key *key;
    struct mdm_secret *password;
};

struct mdm_run {
    const struct mdm_flow_options *options;
    const struct mdm_callbacks *callbacks;
    struct mdm_workspace *workspace;
    struct mdm_survey *survey; /* of the folder as it is now */
    struct mdm_unlocked vendor;
    struct mdm_unlocked customer;
    struct mdm_bytes reported; /* the unfit files that were told already, one a line */
    bool renewing;             /* the next step that replaces files begins a renewal: it archives the whole round */
    bool renews_vendor;        /* and the renewal takes the vendor's side along */
    bool made_pfx;             /* step 3 was done by this run */
};

/* Opens the folder, takes the lock, moves an old script's folder in, and looks around. */
int mdm_run_begin(struct mdm_run *run, const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                  struct mdm_error *err);
/* Looks again; the old survey is gone. Error MDM_E_FAILED also for a file of ours that cannot be read: nothing is
 * concluded from not seeing it. */
int mdm_run_look(struct mdm_run *run, struct mdm_error *err);
/* The same error for a file in inputs/: before something is decided for which all of them count. */
int mdm_run_check_inputs(const struct mdm_run *run, struct mdm_error *err);
void mdm_run_end(struct mdm_run *run);

mdm_time mdm_run_now(const struct mdm_run *run);
void mdm_run_tell(const struct mdm_run *run, enum mdm_event_kind kind, const char *path, const char *format, ...)
    MDM_PRINTF(4, 5);

/* Unlocks a side's existing key (unless this run did so already), with three tries. */
int mdm_run_unlock(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);
/* The same from the bytes of a key file that lies elsewhere. */
int mdm_run_unlock_bytes(struct mdm_run *run, enum mdm_role role, const struct mdm_bytes *file, const char *shown,
                         struct mdm_error *err);

/* The signer of the vendor's key (which it unlocks) and the chosen certificate; warns of what ends soon. */
struct mdm_signer *mdm_run_signer(struct mdm_run *run, struct mdm_error *err);

/* Writes outputs/NAME, private or not, and tells so. What it replaces must be in the archive already. */
int mdm_run_write(struct mdm_run *run, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                  struct mdm_error *err);
/* Writes the request under both of its names. */
int mdm_run_write_request(struct mdm_run *run, const struct mdm_bytes *request, struct mdm_error *err);
/* Ends an act of archiving: tells where it went, and frees it. */
void mdm_run_archived(struct mdm_run *run, struct mdm_archive **archive);

/* Keeps in the archive, and afterwards removes, every file of inputs/ that carries a certificate for the key of this
 * role, the present one or one in the archive: none of them may bring back what is replaced now. */
int mdm_run_keep_inputs_of(struct mdm_run *run, struct mdm_archive *archive, enum mdm_role role, struct mdm_error *err);
int mdm_run_remove_inputs_of(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);

/* What a renewal replaces, into one archive folder; nothing is removed. Steps call it in place of their own archiving.
 */
int mdm_run_archive_round(struct mdm_run *run, struct mdm_error *err);
/* Copies a file of the archive back to where it came from, over what is there. */
int mdm_run_restore(struct mdm_run *run, const struct mdm_item *item, struct mdm_error *err);

/* The modes of our files. */
#define MDM_MODE_PRIVATE 0600u
#define MDM_MODE_PUBLIC  0644u

/* The steps. `redo`: although it is done. */
int mdm_run_vendor_step(struct mdm_run *run, bool redo, struct mdm_error *err);
int mdm_run_request_step(struct mdm_run *run, bool redo, struct mdm_error *err);
int mdm_run_pfx_step(struct mdm_run *run, struct mdm_error *err);
int mdm_run_sign_customer(struct mdm_run *run, struct mdm_error *err);
int mdm_run_customer_side(struct mdm_run *run, struct mdm_error *err);
int mdm_run_bring_back(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);
/* Moves in where vendor_script.sh was used before; does nothing elsewhere. */
int mdm_run_take_over(struct mdm_run *run, struct mdm_error *err);

#endif
