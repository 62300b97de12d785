/* The part of macOS's header that we use; zig leaves that header out. */
#ifndef MDM_TESTS_SYS_PTRACE_H
#define MDM_TESTS_SYS_PTRACE_H

#include <sys/types.h>

#define PT_DENY_ATTACH 31

int ptrace(int request, pid_t pid, caddr_t address, int data);

#endif
