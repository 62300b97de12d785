/* What is in a work folder, by the contents of its files, and the facts that follow from it. Only reads, and asks for
 * no password. What inputs/ and outputs/ count for: "Three ideas" in CONTRIBUTING.md; the archive's lists: change.h. */
#ifndef MDM_FLOW_STATE_H
#define MDM_FLOW_STATE_H

#include "flow/change.h"
#include "flow/flow.h"
#include "flow/next.h"
#include "store/workspace.h"

/* Which Apple account a work folder's push certificate belongs to: outputs/apple-account.txt, plain text for people. */
struct mdm_account {
    enum mdm_account_state {
        MDM_ACCOUNT_UNKNOWN,  /* there is no file: nobody was asked yet */
        MDM_ACCOUNT_ANSWERED, /* by a name, or by none: the file is empty */
        MDM_ACCOUNT_UNUSABLE, /* the file holds no name, and is left alone */
    } state;
    char name[MDM_ACCOUNT_MAX + 1]; /* "" when it is not known */
};

/* Error MDM_E_USAGE: the name is too long, or holds invisible characters. "" is fine. */
int mdm_account_check(const char *name, struct mdm_error *err);

/* What differs between the two roles: names, and words for people. */
struct mdm_role_row {
    const char *whose;    /* "vendor" */
    const char *key_name; /* in outputs/ */
    const char *key_path; /* "outputs/vendor.key" */
    const char *csr_name;
    const char *cert_path; /* its usual place: "inputs/mdm.cer" */
    enum mdm_cert_kind kind;
    const char *what;    /* "the MDM vendor certificate" */
    const char *upload;  /* what the person uploads for it */
    const char *old_key; /* the old script's, in the work folder itself */
};
extern const struct mdm_role_row mdm_roles[2]; /* by enum mdm_role */

/* One file. Members that do not apply to it are zero. */
struct mdm_file {
    char *name;
    char *path;                    /* relative to the work folder, or as the user gave it; safe to print */
    char *archive;                 /* name of its archive folder, or NULL */
    bool from_inputs;              /* it is in inputs/, or came from there into the archive */
    enum mdm_file_outcome outcome; /* the members below are set with MDM_FILE_READ */
    struct mdm_file_info info;
    char digest[MDM_SHA256_TEXT];
    struct mdm_bytes bytes; /* of files in outputs/ alone */
    enum mdm_filekind kind;
    struct mdm_certs certs; /* of a request: the chain in it */
    struct mdm_csr *csr;    /* of a request: the CSR in it */
    struct mdm_key_facts key;
    struct mdm_error trouble; /* why a certificate or CSR in it could not be read */
};

struct mdm_files {
    struct mdm_file *items;
    size_t count;
};

/* Goes through the certificates of some files: `for (struct mdm_each each = {.files = F}; mdm_each_cert(&each);)`. */
struct mdm_each {
    const struct mdm_files *files;
    const struct mdm_file *file;
    const struct mdm_cert *cert;
    const struct mdm_cert_facts *facts;
    size_t at, next; /* the file, and the certificate in it that comes next */
};
bool mdm_each_cert(struct mdm_each *each);
/* The first certificate of this kind in a file, which may be NULL; or NULL. */
const struct mdm_cert *mdm_file_cert(const struct mdm_file *file, enum mdm_cert_kind kind);

/* A role's key and CSR, and which key pair that is; or the key and CSR that the archive has, and no more. */
struct mdm_side {
    bool given;                 /* the key is named by option, and lies elsewhere */
    const char *key_path;       /* where it is, for messages */
    const struct mdm_file *key; /* NULL when missing or no private key */
    const struct mdm_file *csr; /* NULL when missing or not a CSR */
    bool csr_matches;           /* it belongs to this key pair */
    bool id_known;
    struct mdm_key_id id;
};
/* Is it this key pair? False when it is not known. */
bool mdm_side_has(const struct mdm_side *side, const struct mdm_key_id *id);

/* A certificate and the file it was found in. */
struct mdm_choice {
    const struct mdm_file *file; /* NULL: none */
    const struct mdm_cert *cert;
    const struct mdm_cert_facts *facts;
};

/* This many certificates of inputs/ are kept whatever they are; of more, only those for a key of this folder. */
#define MDM_STATE_CERTS_MAX 256

/* A role's key once it is unlocked, so that a run asks for each password once. */
struct mdm_unlocked {
    struct mdm_key *key;
    struct mdm_secret *password;
    bool learnt; /* `id` is the key's */
    struct mdm_key_id id;
};

struct mdm_state {
    mdm_time now;
    struct mdm_files inputs;  /* every file there; a certificate given by option stands first */
    struct mdm_files outputs; /* the files that have a name of ours */
    struct mdm_files archive; /* every file in every archive folder, oldest folder first */
    struct mdm_lists lists;
    const struct mdm_list *renewal; /* the list that began the renewal under way, or NULL */
    bool renewing;                  /* a renewal is under way, with or without its list */
    bool key_is_older;              /* customer.key is not the record's: the archive knows it as one before */
    struct mdm_side vendor;
    struct mdm_side customer;
    const struct mdm_file *other_csr; /* inputs/customer.csr, whatever is in it; NULL when missing */
    bool signs_other_csr;             /* step 2 is about other_csr: the folder has no customer's side of its own */
    const struct mdm_file *request;
    const struct mdm_file *pfx;
    bool has_pfx;                           /* it is a PKCS #12: not empty, nor damaged */
    struct mdm_error request_trouble;       /* why the request, which matches, is not to be uploaded today; or MDM_OK */
    struct mdm_choice record;               /* the push certificate in force */
    bool record_is_odd;                     /* there is one, and it is not what the pfx holds */
    bool pfx_is_closed;                     /* what the pfx holds is known nowhere */
    const struct mdm_cert_facts *to_renew;  /* what a renewal replaces: in force, or never packed; or NULL */
    const struct mdm_cert_facts *last_push; /* in force, or else the last one that was; NULL: none ever */
    const char *topic;                      /* its topic, or NULL */
    bool topic_is_lost;                     /* the lists say that there was one, and nothing tells its topic */
    struct mdm_choice vendor_cert;
    struct mdm_choice push_cert;    /* the new one to be put in force, not refused by its topic */
    struct mdm_choice refused;      /* one that would do but for its topic */
    bool refused_is_one_of_several; /* and there are others, with other topics */
    struct mdm_side restore[2];     /* what is to be restored, by role */
    bool vendor_cert_given;
    const char *old_keys[2]; /* by role: the old script's key that the next run imports, or NULL */
    bool practice;           /* as in the options */
    struct mdm_account account;
    char portals[2][MDM_PORTAL_MAX]; /* by role: where its certificate comes from, and as whom to sign in */
    size_t certs_kept;               /* of inputs/ */
    unsigned facts;                  /* enum mdm_fact */
};

/* Takes the state. `unlocked` (by role; may be NULL) has the public halves of keys that are locked. Error:
 * out of memory, a folder that cannot be listed, a given file that cannot be read. */
struct mdm_state *mdm_state_take(const struct mdm_workspace *workspace, const struct mdm_flow_options *options,
                                 const struct mdm_unlocked *unlocked, mdm_time now, struct mdm_error *err);
void mdm_state_free(struct mdm_state **state);

/* The outputs/ file of this name; NULL when it is not there. */
const struct mdm_file *mdm_state_output(const struct mdm_state *state, const char *name);
/* The inputs/ file of this name, whatever is in it; NULL when there is none. */
const struct mdm_file *mdm_state_input(const struct mdm_state *state, const char *name);
/* The newest file that was outputs/NAME among those of the archive before *at, which goes back to it; begin with
 * `size_t at = state->archive.count`. NULL: there are no more. */
const struct mdm_file *mdm_state_before(const struct mdm_state *state, const char *name, size_t *at);
/* The digest of a file as the state has it, "-" for no file; NULL: it was not read. */
const char *mdm_state_digest(const struct mdm_state *state, enum mdm_place place, const char *name);
/* Did a change put outputs/NAME there, by the lists? And is or was it there, however it came? What was undone does not
 * count. */
bool mdm_state_was_put(const struct mdm_state *state, const char *name);
bool mdm_state_has_had(const struct mdm_state *state, const char *name);
const struct mdm_side *mdm_state_side(const struct mdm_state *state, enum mdm_role role);
/* What the archive holds for the key pair `id` in this role. */
struct mdm_side mdm_state_archived(const struct mdm_state *state, enum mdm_role role, const struct mdm_key_id *id);
/* Is it done with: in force, or replaced by a renewal? It changes nothing any more. */
bool mdm_state_is_spent(const struct mdm_state *state, const struct mdm_cert *cert);
/* What a role waits for when it is Apple's turn; it points into the state. */
struct mdm_wait mdm_state_await(const struct mdm_state *state, enum mdm_role role);
/* Adds the CA certificates of inputs/ and of the request: what a chain can be completed with. */
int mdm_state_cas(const struct mdm_state *state, struct mdm_certs *out, struct mdm_error *err);
/* For mdm_state_take (choose.c): the record, spent certificates, and which of several is used. */
void mdm_state_choose(struct mdm_state *state, bool accept_new_topic);

/* What a certificate, or a file of inputs/, is to a role that waits for a certificate, the best first. From
 * MDM_MATCH_SPENT on, a person has to know. */
enum mdm_match {
    MDM_MATCH_YES,         /* of the right kind, for the key in place */
    MDM_MATCH_ARCHIVED,    /* the same for a key of the archive */
    MDM_MATCH_IGNORED,     /* a file that may be there, or has nothing to do with it */
    MDM_MATCH_SPENT,       /* done with */
    MDM_MATCH_SELF_ISSUED, /* for the key in place, and not from Apple */
    MDM_MATCH_WRONG_KIND,  /* for the key in place, and of another kind */
    MDM_MATCH_NO,          /* for another key; or a wrong file without certificates */
};
/* The sentence for MDM_MATCH_SELF_ISSUED; the subject and the file go in. */
#define MDM_SELF_SIGNED "the certificate '%.512s' in '%s' is self-signed: Apple did not issue it"
enum mdm_match mdm_state_match_cert(const struct mdm_state *state, enum mdm_role role, const struct mdm_cert *cert);
/* May this file of inputs/ hold Apple's answer? Hidden files and customer.csr may not. */
bool mdm_state_is_candidate(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file);
/* What a file is; *why (which may be NULL) says what was found, what is expected and what to do. */
enum mdm_match mdm_state_match(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                               struct mdm_error *why);
/* What is wrong with the file in the place of Apple's: under its usual name, or else the first. False: there is none.
 */
bool mdm_state_wrong_file(const struct mdm_state *state, enum mdm_role role, struct mdm_error *why);
/* Where Apple's file is when it is not in inputs/: beside it, in outputs/, in a folder below it, or in iCloud. False:
 * nowhere there. */
bool mdm_state_find_stray(const struct mdm_state *state, const struct mdm_workspace *workspace, enum mdm_role role,
                          struct mdm_error *why);

/* Reads one file and adds it; a missing one is added with MDM_FILE_ABSENT. Without `dir`, `name` is a path, and what
 * cannot be read there is an error. The pointer is good until the next call. NULL: out of memory, too. */
struct mdm_file *mdm_files_add(struct mdm_files *files, const struct mdm_dir *dir, const char *name, const char *shown,
                               struct mdm_error *err);
void mdm_files_free(struct mdm_files *files);

/*
 * What is wrong in a work folder, or should be known about it (findings.c). Each is found and worded in one place, and
 * nowhere else: a step stops at it or warns of it, and `status` lists it. These functions return 0, or -1 with the
 * finding in *err.
 */
enum mdm_finding {
    MDM_FOUND_CUSTOMERS_KEY,  /* the customer made the CSR that is signed here, and has the key; the caller hints */
    MDM_FOUND_OTHER_CUSTOMER, /* inputs/customer.csr is another customer's */
    MDM_FOUND_TOPIC_LOST,     /* a push certificate was in force, and nothing here tells its topic any more */
    MDM_FOUND_RENEWAL,        /* one is under way */
    MDM_FOUND_OLDER_KEY,      /* outputs/customer.key is not that of the push certificate in use, but one before */
    MDM_FOUND_CLOSED_PFX,     /* it is not known which certificate the pfx holds */
    MDM_FOUND_ODD_RECORD,     /* outputs/MDM_APNSCert.crt is not what the pfx holds */
    MDM_FOUND_NO_MARKER,      /* the vendor certificate lacks Apple's mark */
};
int mdm_check(const struct mdm_state *state, enum mdm_finding finding, struct mdm_error *err);
/* Why the push certificate that would be put in force is not: its topic, or its dates. */
int mdm_check_push(const struct mdm_state *state, struct mdm_error *err);
/* A role's key file is there and is no private key, or is gone and something of it is there: Apple's certificate, the
 * vendor's CSR, the request, a push certificate in force. To make another one in its place would hide the loss. */
int mdm_check_key(const struct mdm_state *state, enum mdm_role role, struct mdm_error *err);
/* The sentence about a file of another kind than `expected`. */
int mdm_refuse_kind(const struct mdm_file *file, const char *found, const char *expected, struct mdm_error *err);
/* inputs/customer.csr, which is there, cannot be signed. */
int mdm_check_other_csr(const struct mdm_state *state, struct mdm_error *err);
/* The certificate (NULL is fine) expires within `days`, or has expired: MDM_E_EXPIRED. */
int mdm_check_expiry(const struct mdm_state *state, const struct mdm_cert_facts *cert, int days, struct mdm_error *err);
/* The file is not one that can be read. */
int mdm_check_readable(const struct mdm_file *file, struct mdm_error *err);
/* Others can read the file, whose mode this is. */
int mdm_check_mode(const char *path, uint32_t mode, struct mdm_error *err);
/* The key in the file is not encrypted. */
int mdm_check_encrypted(const char *path, const struct mdm_key_facts *key, struct mdm_error *err);

/* What is uploaded for a role's certificate: "outputs/plist_encode.txt". */
const char *mdm_upload_words(const struct mdm_state *state, enum mdm_role role);
/* What makes a new key in place of one that is lost, or whose password is, and needs neither: "run `mdmvendor 1`". */
const char *mdm_new_key_words(const struct mdm_state *state, enum mdm_role role);
/* The hint how to get a new vendor certificate, once it expires. */
int mdm_hint_vendor(const struct mdm_state *state, struct mdm_error *err);

#endif
