/* How backups were found when somebody looked: table `proof`, the newest word on each. */
#ifndef BACKUP_PROOFS_H
#define BACKUP_PROOFS_H

#include "contract.h"

struct records;

void proofs_keep(struct records *, const struct call_proof_report *);
/* When files of a backup of the agent (backup NULL: of any) were last brought back and were right; 0: never. */
int64_t proofs_newest(struct records *, uint32_t agent, const char *backup);

#endif
