/* A work folder: inputs/, outputs/, outputs/archive/, and the names of the files in them. */
#ifndef MDMVENDOR_WORKSPACE_H
#define MDMVENDOR_WORKSPACE_H

#include "mdmvendor/bytes.h"
#include "mdmvendor/when.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names below outputs/. */
#define MDM_NAME_VENDOR_KEY   "vendor.key"
#define MDM_NAME_VENDOR_CSR   "vendor.csr"
#define MDM_NAME_CUSTOMER_KEY "customer.key"
#define MDM_NAME_CUSTOMER_CSR "customer.csr"
#define MDM_NAME_REQUEST      "plist_encode"
#define MDM_NAME_REQUEST_TXT  "plist_encode.txt" /* the same bytes: the portal's list of extensions has .txt */
#define MDM_NAME_PFX          "MDM_APNSCert.pfx"
#define MDM_NAME_ARCHIVE      "archive"
/* Names below inputs/. */
#define MDM_NAME_VENDOR_CERT "mdm.cer"
#define MDM_NAME_PUSH_CERT   "MDM_Certificate.pem"

struct mdm_workspace;

enum mdm_workspace_mode {
    MDM_WORKSPACE_LOOK, /* reads only: makes nothing, locks nothing, works on a read-only folder */
    MDM_WORKSPACE_WORK, /* makes inputs/ and outputs/ when missing, refuses an outputs/ that others can write, locks,
                           sweeps away temporaries of an interrupted run */
};

/* Opens the work folder `path` (which must exist). Errors: MDM_E_FAILED (missing, not private, locked by whom). */
MDM_API struct mdm_workspace *mdm_workspace_open(const char *path, enum mdm_workspace_mode mode, struct mdm_error *err);
MDM_API const char *mdm_workspace_path(const struct mdm_workspace *workspace);
MDM_API void mdm_workspace_close(struct mdm_workspace **workspace);

#ifdef __cplusplus
}
#endif
#endif
