#include "services/backup/doubts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/snapshots.h"
#include "services/backup/orders/orders.h"
#include "services/backup/tell.h"

#define MINUTE_MS 60000

static enum retention_weight weigh(struct backup *backup, const struct snapshot *snapshot, const char *document)
{
    struct retention_backup *all;
    size_t n = snapshots_retained(backup->records, snapshot->agent, document, &backup->plans.zones, &all);
    struct retention_verdict *verdicts = calloc(n + 1, sizeof(*verdicts));
    size_t place = retention_find(all, n, snapshot->backup);
    bool judged = verdicts && place < n && !retention_judge(all, n, &retention_rules, clock_wall_ms() / 1000, verdicts);
    enum retention_weight weight = judged ? verdicts[place].weight : RETENTION_UNWEIGHED;
    free(verdicts);
    free(all);
    return weight;
}

void doubts_look(struct backup *backup, const struct snapshot *snapshot, const struct order *order)
{
    char reason[ORDER_REASON_BYTES];
    enum retention_weight weight = weigh(backup, snapshot, order->document);
    if (snapshot->ended_ms > clock_wall_ms() + retention_rules.jump_min * MINUTE_MS) {
        tell_doubtful(backup, order, DOUBT_CLOCK, "by its machine's clock it ended in the future");
    } else if (weight == RETENTION_SMALL) {
        snprintf(reason, sizeof(reason),
            "it has %" PRIu64 " files and %" PRIu64 " bytes: less than half of the full before it", snapshot->files,
            snapshot->content_bytes);
        tell_doubtful(backup, order, DOUBT_SMALL, reason);
    } else if (weight == RETENTION_CHANGED) {
        snprintf(reason, sizeof(reason), "of its %" PRIu64 " files %" PRIu64 " are not as they were", snapshot->files,
            snapshot->changed_files);
        tell_doubtful(backup, order, DOUBT_CHANGED, reason);
    }
}
