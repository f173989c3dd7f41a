/*
 * The rules by which a target is pruned: a file beside the pruner, of lines `key = value`, # comments. They can make
 * retention stricter than design, never looser: what the ranges leave out would take a floor or a delay away. A key
 * that is not known is an error. deploy/examples/prune.rules has them all.
 */
#ifndef VEDETTE_CLI_PRUNE_RULES_H
#define VEDETTE_CLI_PRUNE_RULES_H

#include "lib/repository/retention.h"

struct problem;

#define PRUNE_RULES_LIMIT_BYTES (1u << 20)
#define PRUNE_MARKS_MAX 16384 /* lines that name a backup or a machine: ten thousand forged ones can each be named */
#define PRUNE_SIGNER_BYTES 65 /* SHA-256 of a certificate in hexadecimal digits, and NUL */

enum prune_mark_kind {
    PRUNE_HOLD,     /* never goes while the line stands; without a backup: nothing of that machine */
    PRUNE_ACCEPT,   /* a doubtful backup is as it should be */
    PRUNE_DISTRUST, /* it is not: it lives by its date, and takes no other's place */
    PRUNE_DISCARD,  /* a commit that cannot be read is garbage */
    PRUNE_SIGNER,   /* by whom the machine's commits must be signed; of several any */
};
struct prune_mark {
    enum prune_mark_kind kind;
    uint32_t agent;
    char name[PRUNE_SIGNER_BYTES]; /* of a backup, or a signer's fingerprint; "": every backup */
};

struct prune_rules {
    struct retention_rules retention;
    struct zone *zone; /* of dates whose commit names none; NULL: last on Earth */
    size_t n_marks;
    struct prune_mark *marks;
};
void prune_rules_free(struct prune_rules *);

/* The text alone, ended by NUL; path is for the problem's sentence, which names file, line, key and range. */
int prune_rules_parse(const char *path, const char *text, struct prune_rules *ret, struct problem *);
/* The file must belong to root or to us, and be writable by its owner only. */
int prune_rules_load(const char *path, struct prune_rules *ret, struct problem *);

/* Whether a line of the kind names this backup of the agent, or all of them. */
bool prune_rules_mark(const struct prune_rules *, enum prune_mark_kind, uint32_t agent, const char *name);
/* Whether commits of the agent may be signed by this key: one of those that are named for it, or any if none is. */
bool prune_rules_signer(const struct prune_rules *, uint32_t agent, const char *fingerprint);

#endif
