/* The names of requests in an output folder: after their CSR's file, told apart by a number, never another's. */
#ifndef MDM_FLOW_BATCH_NAME_H
#define MDM_FLOW_BATCH_NAME_H

#include <limits.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "store/file.h"

/* The largest file name that is made: what Linux and macOS take. */
#define MDM_BATCH_NAME_MAX 255
struct mdm_batch_name {
    char text[MDM_BATCH_NAME_MAX + 1];
};

/* "in/acme.csr" and 1 become "acme.plist_encode", and 2 "acme-2.plist_encode". Error MDM_E_FAILED: too long. */
int mdm_batch_name(const char *input, unsigned number, struct mdm_batch_name *name, struct mdm_error *err);

/* The next number of names that came up lately. A memory of fixed size: what it forgot begins at 1 again, which costs
 * time and changes no outcome, because the folder tells the rest. */
#define MDM_NUMBERS_MAX 1024
struct mdm_numbers {
    struct {
        uint64_t name;
        unsigned next;
    } items[MDM_NUMBERS_MAX];
};
unsigned mdm_numbers_get(const struct mdm_numbers *numbers, const char *input);
void mdm_numbers_set(struct mdm_numbers *numbers, const char *input, unsigned next);

enum mdm_batch_there {
    MDM_BATCH_NOTHING, /* the name is free */
    MDM_BATCH_SAME,    /* the request of this CSR, by this vendor certificate */
    MDM_BATCH_OTHER,   /* this vendor certificate's request for another CSR */
    MDM_BATCH_FOREIGN, /* anything else */
};
/* What has this name in the folder. */
enum mdm_batch_there mdm_batch_look(const struct mdm_dir *dir, const struct mdm_batch_name *name,
                                    const struct mdm_cert *vendor, const struct mdm_csr *csr);

#endif
