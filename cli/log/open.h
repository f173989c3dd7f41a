/*
 * A transparency log that a subcommand reads: which one LOG means, and whose word is taken for it.
 *
 * LOG is a class of the server's log (ops, access, fleet, alert: a folder in the state directory's log/, or with --url
 * what the portal serves of it), a folder with a copy of one, or the URL of one.
 */
#ifndef VEDETTE_CLI_LOG_OPEN_H
#define VEDETTE_CLI_LOG_OPEN_H

#include <limits.h>

#include "cli/cli.h"
#include "cli/log/remote.h"
#include "lib/tlog/cosign.h"
#include "lib/tlog/directory.h"
#include "lib/tlog/verified.h"

struct opened_log {
    char path[PATH_MAX];             /* or URL */
    struct tlog_directory directory; /* of a folder */
    struct log_remote *remote;       /* of a URL; NULL for a folder */
    struct tlog_verified *verified;  /* its tiles, which were verified: what comes over the net is not otherwise used */
    struct tlog_policy policy;
    bool own_key; /* the key came from beside the log: it proves nothing to who does not know it */
    char *note;   /* the checkpoint as it stands there */
    size_t note_bytes;
    struct tlog_checkpoint checkpoint; /* what it says; by the policy */
    struct tlog_cosigned cosigned;
};

/* The folder, or the URL, that LOG means. */
int log_path(const struct cli *, const char *name, char ret[PATH_MAX], struct problem *);
/* A public key as it is written, or the file it stands in. */
int log_vkey(const struct cli *, const char *given, struct tlog_vkey *ret, struct problem *);
/* --vkey, --witness and --quorum. path: where to find `vkey` if none was given; NULL: one must be given. */
int log_policy(const struct cli *, const struct command *, const struct given *, const char *path,
    struct tlog_policy *ret, bool *ret_own_key, struct problem *);
/* The log in a folder or at a URL, its checkpoint verified by that policy; nothing else. */
int log_open_at(const struct cli *, const struct command *, const struct given *, const char *path,
    struct opened_log *ret, struct problem *);
/* The same for a log that belongs to another: its key must be that one, whatever its name is; no witnesses are asked for. */
int log_open_same_key(const struct cli *, const char *path, const struct tlog_vkey *, struct opened_log *ret,
    struct problem *);
/* cli_fail, with the outcome that the problem's code means. */
enum outcome log_fail(const struct command *, const struct problem *);
void log_close(struct opened_log *);
/* Its tiles, at the checkpoint's size. The opened log must stay where it is. */
struct tlog_source log_source(struct opened_log *);

#endif
