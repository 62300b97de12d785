/* One run through the steps: what the files of the flow share. */
#ifndef MDM_FLOW_RUN_H
#define MDM_FLOW_RUN_H

#include "flow/state.h"
#include "pki/request.h"

struct mdm_run {
    struct mdm_flow_options options; /* a topic that was accepted on the way is among them */
    const struct mdm_callbacks *callbacks;
    enum mdm_flow_command what;
    const char *command; /* for the lists of its changes; NULL: it only looks */
    struct mdm_workspace *workspace;
    struct mdm_state *state;         /* of the folder as it is now */
    struct mdm_unlocked unlocked[2]; /* by role */
    bool made[2];                    /* by role: this run made the key: nobody has uploaded its CSR yet */
    char unit[MDM_SHA256_TEXT];      /* id of the list of this run's first change, or "" */
    char asked[MDM_SHA256_TEXT];     /* the certificate whose topic the person was asked about, or "" */
    struct mdm_names told;           /* the wrong files that a person knows of already */
    struct mdm_error found;          /* what was found last, to be told */
    struct mdm_flow_result *result;  /* of a command */
};

/* How a step is done. */
enum mdm_redo {
    MDM_AS_MISSING, /* what exists stays */
    MDM_REDO,       /* although it is done */
    MDM_RENEW,      /* as a renewal: everything of the round is replaced */
};

/* Opens and locks the folder, looks around, and puts back a change that was cut short. Without a command it only looks.
 */
int mdm_run_open(struct mdm_run *run, const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                 const char *command, struct mdm_error *err);
/* Writes down the Apple account ("": not to be asked about again), if it is another one. */
int mdm_run_remember_account(struct mdm_run *run, const char *name, struct mdm_error *err);
/* Takes the state anew; the old one is gone. Error MDM_E_FAILED also for a file of ours that cannot be read: nothing is
 * concluded from not seeing it. The other is for inputs/, before something is decided for which all of them count. */
int mdm_run_look(struct mdm_run *run, struct mdm_error *err);
int mdm_run_check_readable(const struct mdm_files *files, struct mdm_error *err);
void mdm_run_end(struct mdm_run *run);

/* Tells of run->found unless `checked`, what its check returned, is 0; and clears it. */
void mdm_run_tell(struct mdm_run *run, enum mdm_event_kind kind, int checked);

/* Takes an unlocked key, which is the run's then; -1 for NULL. mdm_run_lock forgets it and its password. */
int mdm_run_hold(struct mdm_unlocked *unlocked, struct mdm_key *key);
void mdm_run_lock(struct mdm_unlocked *unlocked);
/* Unlocks a role's existing key (unless this run did so already), with three tries; or one that lies elsewhere, from
 * the bytes of its file. */
int mdm_run_unlock(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);
int mdm_run_unlock_bytes(struct mdm_run *run, enum mdm_role role, const struct mdm_bytes *file, const char *shown,
                         struct mdm_error *err);
/* Adds the unlocked key to the change, in the form of our key files, or as the pfx of this certificate, under the run's
 * password (a new one where the key had none); or a certificate. What goes wrong is the change's problem. */
void mdm_run_put_key(struct mdm_run *run, struct mdm_change *change, enum mdm_role role, const struct mdm_cert *pfx);
void mdm_run_put_cert(struct mdm_change *change, enum mdm_place place, const char *name, const struct mdm_cert *cert);
/* Learns whose key a locked one without a CSR is, when that matters. 1: it was learnt, and the caller is to look. */
int mdm_run_learn(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);

/* The signer of the vendor's key (which it unlocks) and the chosen certificate; warns of what expires soon. */
struct mdm_signer *mdm_run_signer(struct mdm_run *run, struct mdm_error *err);

/* A change that this run makes, to be described and committed before the next look. The commit frees it; error: a file
 * is not as the state has it any more, and those of mdm_change_commit. */
struct mdm_change mdm_run_begin(const struct mdm_run *run);
int mdm_run_commit(struct mdm_run *run, struct mdm_change *change, struct mdm_error *err);

/* Step 1, 2 or 4, which make keys, CSRs and requests; 0: a customer's key and CSR alone. */
int mdm_run_make(struct mdm_run *run, int step, enum mdm_redo redo, struct mdm_error *err);
int mdm_run_pfx_step(struct mdm_run *run, struct mdm_error *err);
int mdm_run_restore(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);
/* The whole of `import`. */
int mdm_run_import(struct mdm_run *run, struct mdm_error *err);
/* Moves in where vendor_script.sh was used before; does nothing elsewhere. */
int mdm_run_import_old_script(struct mdm_run *run, struct mdm_error *err);

/* The secrets that the old script left unencrypted, as findings, numbered from 0; 0: there are no more. */
int mdm_old_script_leftover(const struct mdm_workspace *workspace, size_t number, struct mdm_error *err);

/* Waits until inputs/ holds a certificate for this role, whatever else changes meanwhile. When there is no waiting (any
 * longer): the error of the file that lies in the place of the right one, or MDM_E_WAITING. */
int mdm_run_await(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);

#endif
