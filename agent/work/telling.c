#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/work/activity.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/problem.h"

static struct activity about(const struct held *held, const char *detail)
{
    const struct document_head *head = held ? held_head(held) : NULL;
    return (struct activity){ .kind = head ? document_kind_words[head->kind] : NULL,
        .document = head ? head->document : NULL,
        .version = head ? head->version : 0,
        .title = head ? head->title : NULL,
        .signers = held ? held->signers : NULL,
        .detail = detail };
}

void telling_note(const struct work *work, const char *what, const struct held *held, const char *detail)
{
    (void)work;
    const struct activity activity = about(held, detail);
    activity_write(what, &activity);
}

void telling_sentence(char ret[REASON_BYTES], const char *reason)
{
    size_t length = strlen(reason);
    if (length >= REASON_BYTES) {
        length = REASON_BYTES - 1;
        while (length && ((unsigned char)reason[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(ret, reason, length);
    ret[length] = '\0';
}

void telling_out(void)
{
    /* The resident reads it; without one (it is being restarted) the mail goes with the next. */
    if (write(STDOUT_FILENO, "out\n", 4) != 4)
        log_debug("work.nobody-listens");
}

int telling_send(struct work *work, enum envelope purpose, const void *message)
{
    struct problem problem;
    if (post_send(work->post, post_addressee(purpose), purpose, message, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "work.not-sent", &problem);
        return -1;
    }
    telling_out();
    return 0;
}

struct envelope_run telling_of(const struct held *held, int64_t occurrence, enum run_state state,
    const struct problem *problem, char reason[REASON_BYTES])
{
    const struct document_head *head = held_head(held);
    telling_sentence(reason, problem ? problem->reason : "");
    return (struct envelope_run){ .document = head->document,
        .document_version = head->version,
        .occurrence = (uint64_t)occurrence,
        .run_state = state,
        .time = clock_wall_ms(),
        .code = problem ? problem->code : NULL,
        .reason = *reason ? reason : NULL };
}

void telling_run(
    struct work *work, const struct held *held, int64_t occurrence, enum run_state state, const struct problem *problem)
{
    char reason[REASON_BYTES];
    const struct envelope_run message = telling_of(held, occurrence, state, problem, reason);
    telling_send(work, ENVELOPE_RUN, &message);
}

void telling_delivered(struct work *work, struct held *held)
{
    struct problem problem;
    if (held->progress.delivered)
        return;
    telling_run(work, held, 0, RUN_STATE_DELIVERED, NULL);
    held->progress.delivered = true;
    if (progress_save(&held->progress, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
}

void telling_note_refused(const struct held *held, const char *what, const struct problem *problem)
{
    char detail[400];
    snprintf(detail, sizeof(detail), "%s%s%s (%s)", what ? what : "", what ? ": " : "", problem->reason, problem->code);
    const struct activity activity = about(held, detail);
    activity_refused(&activity, problem->code);
}

void telling_refused(struct work *work, const struct held *held, const struct problem *problem)
{
    telling_note_refused(held, NULL, problem);
    telling_run(work, held, 0, RUN_STATE_REFUSED, problem);
}
