#include <stdlib.h>
#include <string.h>

#include "agent/policy_report.h"
#include "agent/work/place.h"
#include "agent/work/work.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/target/conf.h"
#include "lib/target/tried.h"
#include "lib/version.h"

#define HASH_BYTES HEX_BYTES(SHA256_BYTES)

/* What this machine holds, but for tasks that are over: these cannot happen here any more. */
static void add_documents(const struct work *work, struct envelope_report *report)
{
    for (size_t i = 0; i < work->n_held; i++) {
        const struct document_head *head = held_head(work->held[i]);
        if (work->held[i]->progress.over)
            continue;
        report->rows[report->n_rows].document = head->document;
        report->rows[report->n_rows++].document_version = head->version;
    }
}

/* All but its time. Without a policy: it cannot be read, and nothing is carried out. */
static int compose(struct work *work, struct envelope_report *ret)
{
    struct problem problem;
    *ret = (struct envelope_report){ .version = vedette_version,
        .has_trust_version = true,
        .trust_version = work->knowledge.trust->body->head.version,
        .rows = calloc(work->n_held + 1, sizeof(*ret->rows)) };
    if (!ret->rows)
        return -1;
    add_documents(work, ret);
    ret->own_targets = target_tried_tell(work->targets_path ? work->targets_path : TARGETS_DEFAULT);
    if (judging_policy(work, &problem))
        return 0;
    ret->policy = policy_report(&work->policy);
    ret->has_frozen = true;
    ret->frozen = judging_frozen(work, &problem);
    return 0;
}

static int hash(const struct envelope_report *report, char ret[HASH_BYTES])
{
    struct buf text = { 0 };
    uint8_t sha256[SHA256_BYTES];
    int error = message_encode(&envelope_report_shape, report, &text);
    if (!error) {
        crypto_sha256(text.data, text.length, sha256);
        crypto_hex(sha256, sizeof(sha256), ret);
    }
    buf_free(&text);
    return error;
}

static bool was_told(const char *now)
{
    char *told;
    size_t bytes;
    if (file_read(REPORTED_FILE, HASH_BYTES, &told, &bytes, NULL))
        return false;
    bool same = !strcmp(told, now);
    free(told);
    return same;
}

/* A crash between the two has it told again, which does no harm. */
static void tell(struct work *work, struct envelope_report *report, const char *now)
{
    struct problem problem;
    report->time = clock_wall_ms();
    if (telling_send(work, ENVELOPE_REPORT, report))
        return;
    work->report_due = false;
    if (file_write(REPORTED_FILE, now, strlen(now), 0600, &problem))
        log_problem(LOG_LEVEL_WARNING, "work.cannot-keep", &problem);
}

void reporting_look(struct work *work)
{
    struct envelope_report report;
    char now[HASH_BYTES];
    if (compose(work, &report))
        return;
    if (!hash(&report, now) && (work->report_due || !was_told(now)))
        tell(work, &report, now);
    json_decref(report.policy);
    json_decref(report.own_targets);
    free(report.rows);
}
