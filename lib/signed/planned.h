/* What backup plans and restores must hold to beyond the limits of their members; judged from them alone. */
#ifndef VEDETTE_SIGNED_PLANNED_H
#define VEDETTE_SIGNED_PLANNED_H

#include <stdbool.h>

#include "contract.h"

struct problem;

/* -1 + "bad-document" with the member at fault. */
int planned_check_plan(const struct document_backup_plan *, struct problem *);
int planned_check_restore(const struct document_restore *, struct problem *);

/* Whole and in one form: from the root, no part empty, `.` or `..`; "/" itself. */
bool planned_is_path(const char *);

#endif
