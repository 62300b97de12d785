/*
 * What lies in a work folder, told from the contents of its files, and which facts follow from it. Reads only; keeps
 * nothing between two looks; asks for no password.
 */
#ifndef MDM_FLOW_SURVEY_H
#define MDM_FLOW_SURVEY_H

#include "flow/callbacks.h"
#include "flow/step.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/filekind.h"
#include "store/workspace.h"

/* One file. What it is not stays zero. */
struct mdm_item {
    char *name;       /* file name */
    char *path;       /* relative to the work folder, "inputs/mdm.cer", or as the user gave it; safe to print */
    char *archive;    /* name of its archive folder, or NULL */
    bool from_inputs; /* lies in inputs/, or came from there into the archive */
    enum mdm_file_outcome outcome; /* the members below are set with MDM_FILE_READ */
    struct mdm_file_info info;
    struct mdm_bytes bytes; /* not kept for files of the archive */
    enum mdm_filekind kind;
    struct mdm_certs certs;
    struct mdm_csr *csr;
    struct mdm_key_facts key;
    char pfx_sha1[41];        /* a PKCS#12: fingerprint of its certificate, or "" when it does not tell */
    struct mdm_error trouble; /* why a certificate or CSR in it could not be read */
};

struct mdm_items {
    struct mdm_item *items;
    size_t count;
};

/* A side's key and CSR, and which key pair that is. */
struct mdm_side {
    const struct mdm_item *key; /* in outputs/, NULL when missing or no private key */
    const struct mdm_item *csr; /* in outputs/, NULL when missing or not a CSR */
    bool id_known;
    struct mdm_key_id id;
};

/* The certificate that is used, of those in inputs/ that fit. */
struct mdm_choice {
    const struct mdm_item *item; /* NULL: none fits */
    const struct mdm_cert *cert;
    size_t fitting; /* how many files held a fitting one */
};

struct mdm_survey {
    struct mdm_items inputs;  /* every file there; a certificate given by option stands first */
    struct mdm_items outputs; /* the files that have a name of ours */
    struct mdm_items archive; /* every file in every archive folder, oldest folder first */
    struct mdm_side vendor;
    struct mdm_side customer;
    const struct mdm_item *own_csr; /* inputs/customer.csr, whatever is in it; NULL when missing */
    const struct mdm_item *request;
    const struct mdm_item *pfx;
    struct mdm_choice vendor_cert;
    struct mdm_choice push_cert;
    bool vendor_key_given;  /* by option */
    bool vendor_cert_given; /* by option: then nothing in inputs/ is looked at for it */
    unsigned facts;         /* enum mdm_fact */
};

/*
 * Looks at the folder. `vendor_key` (a path or pkcs11: URI) and `vendor_cert` (a path) stand in for the files of that
 * role; either may be NULL. Error: out of memory, a folder that cannot be listed, a given file that cannot be read.
 */
struct mdm_survey *mdm_survey_take(const struct mdm_workspace *workspace, const char *vendor_key,
                                   const char *vendor_cert, struct mdm_error *err);
void mdm_survey_free(struct mdm_survey **survey);

enum mdm_fit {
    MDM_FIT_YES,     /* holds the certificate that is due */
    MDM_FIT_IGNORED, /* has its own right to be there, or is nobody's business */
    MDM_FIT_NO,      /* a mistake: *why says what was found, what is due and what to do */
};
/* Judges a file of inputs/ for the certificate that `role` waits for. `cert` (may be NULL) receives the fitting one. */
enum mdm_fit mdm_survey_judge(const struct mdm_survey *survey, enum mdm_role role, const struct mdm_item *item,
                              const struct mdm_cert **cert, struct mdm_error *why);

/* Error MDM_E_FAILED when a side's key file is there and is no private key, or is gone and Apple's certificate for it
 * (or the vendor's CSR, which Apple may have) is there: to make another one in its place would hide the loss. */
int mdm_survey_check_key(const struct mdm_survey *survey, enum mdm_role role, struct mdm_error *err);

/* The outputs/ file of this name; NULL when it is not there. */
const struct mdm_item *mdm_survey_output(const struct mdm_survey *survey, const char *name);

/* A side's key and CSR in the archive. */
struct mdm_archived {
    const struct mdm_item *key;
    const struct mdm_item *csr; /* NULL when the archive has none for this key */
};
/* What the archive holds for the key pair `id` in this role; false when nothing. */
bool mdm_survey_archived(const struct mdm_survey *survey, enum mdm_role role, const struct mdm_key_id *id,
                         struct mdm_archived *found);
/* What should be brought back for this role (MDM_FACT_..._ARCHIVED says whether there is something). */
bool mdm_survey_to_bring_back(const struct mdm_survey *survey, enum mdm_role role, struct mdm_archived *found);

/*
 * The push certificate that devices were last enrolled with, as far as the folder tells: of those in inputs/ and the
 * archive, other than `current`, that a pfx was made from, the one that expires last; without any pfx, the one that
 * expires last of all. NULL when there is none.
 */
const struct mdm_cert *mdm_survey_previous_push(const struct mdm_survey *survey, const struct mdm_cert *current);

#endif
