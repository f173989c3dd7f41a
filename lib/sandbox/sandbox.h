/* Giving up what a program will not need. Order: sandbox_become, then sandbox_confine. Both fail closed. */
#ifndef VEDETTE_SANDBOX_H
#define VEDETTE_SANDBOX_H

#include <stdbool.h>

struct problem;

/* Become user for good: groups, gid, uid, and check that there is no way back. "" stays (and 0 is returned). */
int sandbox_become(const char *user, struct problem *);

struct sandbox {
    const char *const *writable; /* directories for reading and writing; NULL-terminated */
    const char *const *readable; /* files and directories for reading only; NULL-terminated */
    bool network;                /* may it create IP sockets */
    bool walks;                  /* a backup: go from folder to folder, and read extended attributes */
    bool restores;               /* a test restore: open what stands beneath a folder, and nothing else; name_to_handle_at */
};

/* Call it before threads are started: they inherit Landlock, running ones do not get it (seccomp reaches all). A file
 * in `readable` that is later replaced is not readable: name its directory.
 *
 * no_new_privs, no core dumps, Landlock where the kernel has it (and a log line where not), seccomp allow-list:
 * exec, ptrace, mount, module and namespace calls end the process; anything else unlisted fails with EPERM. */
int sandbox_confine(const struct sandbox *, struct problem *);

/* For a process that only reads, computes and writes: nobody where it was root, no new file, process, socket or signal,
 * no memory that becomes code; what is open stays open. Everything else it will need must be there before. */
int sandbox_reader(struct problem *);

#endif
