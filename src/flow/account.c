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

/* People edit the file: a byte order mark, and blanks and line breaks around the name, are none of it. */
static void take_name(struct mdm_account *account, const char *text)
{
    static const char blanks[] = " \t\r\n";
    static const char mark[] = "\xef\xbb\xbf";
    size_t size;

    if (strncmp(text, mark, strlen(mark)) == 0)
        text += strlen(mark);
    text += strspn(text, blanks);
    size = strlen(text);
    while (size > 0 && strchr(blanks, text[size - 1]) != NULL)
        size--;
    account->state = size == 0 ? MDM_ACCOUNT_DECLINED : MDM_ACCOUNT_UNUSABLE;
    if (size == 0 || size > MDM_ACCOUNT_MAX)
        return;
    memcpy(account->name, text, size);
    if (mdm_account_check(account->name, NULL) == 0)
        account->state = MDM_ACCOUNT_NAMED;
    else
        account->name[0] = '\0';
}

void mdm_account_read(const struct mdm_workspace *workspace, struct mdm_account *account)
{
    const struct mdm_dir *outputs = mdm_workspace_outputs(workspace);
    struct mdm_bytes text = {0};
    enum mdm_file_outcome outcome = MDM_FILE_ABSENT;

    *account = (struct mdm_account){0};
    if (outputs != NULL)
        outcome = mdm_file_read(outputs, MDM_NAME_ACCOUNT, MDM_FILE_LIMIT, &text, NULL);
    if (outcome == MDM_FILE_READ && memchr(text.data, '\0', text.size) == NULL)
        take_name(account, text.size > 0 ? (const char *)text.data : "");
    else if (outcome != MDM_FILE_ABSENT)
        account->state = MDM_ACCOUNT_UNUSABLE;
    mdm_bytes_free(&text);
}
