/*
 * How backups were found when somebody looked: table `proof`, the newest word on each; table `watched`, the newest on
 * each machine at each target, and by when who looked said that there will be word again. A word that does not come is
 * told, once.
 */
#ifndef BACKUP_PROOFS_H
#define BACKUP_PROOFS_H

#include "contract.h"

struct backup;
struct records;

#define PROOF_TARGET_BYTES 33 /* fields.def, and NUL */

void proofs_keep(struct records *, const struct call_proof_report *);
/* The agent was retired: nobody is expected to look. */
void proofs_forget(struct records *, uint32_t agent);
/* When files of a backup of the agent (backup NULL: of any) were last brought back and were right; 0: never. */
int64_t proofs_newest(struct records *, uint32_t agent, const char *backup);
/* When all bytes were last found as they were written; 0: never. */
int64_t proofs_verified(struct records *, uint32_t agent);

/* When the newest word on the same machine, way and target was given; 0: there is none. */
int64_t proofs_word(struct records *, const struct call_proof_report *);

struct proof_late {
    uint32_t agent;
    enum proof proof;
    char target[PROOF_TARGET_BYTES]; /* "": it was not said */
    int64_t next_by_ms;
};
/* At most n that are due by now. Where the last word was that backups are not what they were, people know already. */
size_t proofs_late(struct records *, int64_t now_ms, struct proof_late *ret, size_t n);
void proofs_told(struct records *, const struct proof_late *);

/* Each second. */
void proofs_tick(struct backup *);

#endif
