#include "services/scheduler/reports.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/message.h"
#include "services/scheduler/scheduler.h"

void reports_take(struct scheduler *scheduler, uint32_t agent, const struct envelope_opened *opened)
{
    struct problem problem;
    struct buf body = { 0 };
    if (!message_encode(envelope_rows[ENVELOPE_REPORT].body, opened->message, &body))
        records_ran(db_run(records_write(scheduler->records), &problem,
                        "INSERT OR REPLACE INTO report (agent, time_ms, body) VALUES (?, ?, ?)", "iis", (int64_t)agent,
                        clock_wall_ms(), body.data),
            &problem);
    buf_free(&body);
}
