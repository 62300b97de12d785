/* Which Apple account a work folder belongs to: outputs/apple-account.txt. */
#include "flow/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int mdm_account_check(const char *name, struct mdm_error *err)
{
    char *shown;
    int result = 0;

    if (strlen(name) > MDM_ACCOUNT_MAX)
        return mdm_error_set(err, MDM_E_USAGE, "the name of an Apple account has at most %d bytes, this one %zu",
                             MDM_ACCOUNT_MAX, strlen(name));
    shown = mdm_text_safe(name, strlen(name));
    if (shown == NULL)
        return mdm_error_memory(err);
    if (strcmp(shown, name) != 0)
        result = mdm_error_set(err, MDM_E_USAGE,
                               "'%s' is not the name of an Apple account: it holds invisible characters", shown);
    else if (name[0] != '\0' && name[strspn(name, " ")] == '\0')
        result = mdm_error_set(err, MDM_E_USAGE, "the name of the Apple account is blank");
    free(shown);
    return result;
}

void mdm_account_read(const struct mdm_workspace *workspace, struct mdm_account *account)
{
    static const char blanks[] = " \t\r\n";
    static const char mark[] = "\xef\xbb\xbf";
    const struct mdm_dir *outputs = mdm_workspace_outputs(workspace);
    struct mdm_bytes text = {0};
    enum mdm_file_outcome outcome = MDM_FILE_ABSENT;
    const char *name = "";
    size_t size;

    *account = (struct mdm_account){0};
    if (outputs != NULL)
        outcome = mdm_file_read(outputs, MDM_NAME_ACCOUNT, MDM_FILE_LIMIT, &text, NULL);
    if (text.size > 0)
        name = (const char *)text.data;
    /* People edit the file: a byte order mark, and blanks and line breaks around the name, are none of it. */
    if (strncmp(name, mark, strlen(mark)) == 0)
        name += strlen(mark);
    name += strspn(name, blanks);
    for (size = strlen(name); size > 0 && strchr(blanks, name[size - 1]) != NULL;)
        size--;
    if (outcome != MDM_FILE_ABSENT)
        account->state = MDM_ACCOUNT_UNUSABLE;
    if (outcome == MDM_FILE_READ && size <= MDM_ACCOUNT_MAX && memchr(text.data, '\0', text.size) == NULL) {
        memcpy(account->name, name, size);
        if (size == 0)
            account->state = MDM_ACCOUNT_DECLINED;
        else if (mdm_account_check(account->name, NULL) == 0)
            account->state = MDM_ACCOUNT_NAMED;
        else
            account->name[0] = '\0';
    }
    mdm_bytes_free(&text);
}
