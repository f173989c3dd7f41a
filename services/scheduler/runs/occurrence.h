/* When a recurring task was due, as people signed it: what an agent says of another time is none of its runs. */
#ifndef SCHEDULER_OCCURRENCE_H
#define SCHEDULER_OCCURRENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/records.h"
#include "services/scheduler/documents/documents.h"

/* Is this an occurrence of the document, and not one to come? 0: of what is done once, or of it as a whole. */
bool occurrence_is_due(struct records *, const struct paper *, uint64_t occurrence, int64_t now_ms);

#endif
