/*
 * Events in. The order of this file is the promise: parse wholly → check permit, room and quota → stage → commit (one
 * fdatasync for all producers of this turn, checkpoints signed meanwhile) → acknowledge → publish.
 */
#include <stdio.h>
#include <string.h>

#include "lib/bus/keys.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/event/event.h"
#include "lib/log.h"
#include "services/audit/audit.h"

#define ANSWERS_MAX MARKS_A_PEER    /* producers of one commit */
#define STAGED_BYTES_MAX (2u << 20) /* before others' answers: a producer in a flood holds them up for so much at a time */
#define SALTS 256
#define ENTRIES_MAX 65536           /* of one commit; with the journal's limit on bytes */

/* What a producer is to be told once this turn's commit is done. */
struct answer {
    struct bus_route_copy route;
    struct mark *mark;
    enum batch_status status;
    struct batch_refused *refused;
    size_t n_refused;
};

struct intake {
    struct answer answers[ANSWERS_MAX];
    unsigned n_answers;
    struct entry *entries;          /* staged, in the order of the frame */
    uint32_t n_entries;
    struct buf composed;
    uint8_t salts[SALTS][EVENT_SALT_BYTES];
    unsigned salts_left;
    int64_t now_ms;                 /* monotonic, of the batch being taken */
    struct batch_answer out;
};

struct intake *intake_new(void)
{
    struct intake *intake = calloc(1, sizeof(*intake));
    if (!intake || !(intake->entries = calloc(ENTRIES_MAX, sizeof(*intake->entries)))) {
        free(intake);
        return NULL;
    }
    return intake;
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    buf_free(&intake->composed);
    free(intake->entries);
    free(intake);
}

static enum journal_room room_for(struct audit *audit, enum class class, size_t bytes)
{
    if (class == CLASS_OPS)
        return ledger_room_with_reserve(audit->ledger, bytes);
    return audit->disk.state == DISK_STOP ? JOURNAL_FULL : ledger_room(audit->ledger, bytes);
}

/* Room for one more entry, committing what is staged if that is what it takes. */
static bool make_room(struct audit *audit, enum class class, size_t bytes)
{
    enum journal_room room = room_for(audit, class, bytes);
    if (room == JOURNAL_COMMIT_FIRST || (room == JOURNAL_ROOM && audit->intake->n_entries == ENTRIES_MAX)) {
        intake_settle(audit);
        room = room_for(audit, class, bytes);
    }
    return room == JOURNAL_ROOM;
}

/* Something is to be acted on, and not stopped. */
static bool acts(const struct event_read *read)
{
    if (read->event.event != EVENT_OPERATION_REQUESTED)
        return false;
    const struct event_operation_requested *asked = read->event.data;
    for (int call = 0; call < CALL_COUNT; call++) {
        if (!strcmp(call_rows[call].name, asked->call))
            return !call_rows[call].stops;
    }
    return true;
}

/* The reserve is for what must be known while the disk is full, and for stopping things. What one person asks for must not
 * keep others from being heard. NULL: it may go in. */
static const char *check_operation(struct audit *audit, const struct event_read *read)
{
    if (!acts(read))
        return NULL;
    if (audit->disk.state == DISK_STOP)
        return BATCH_LOG_FULL;
    return !read->event.actor || quota_take_operation(&audit->quota, read->event.actor, read->event.json_bytes,
                                     audit->intake->now_ms)
               ? NULL
               : BATCH_SLOW_DOWN;
}

static const char *check_permit(const struct event_read *read, unsigned peer)
{
    return event_rows[read->event.event].producers & peer ? NULL : "no-permission";
}

/* Random bytes come from the kernel many salts at a time. */
static const uint8_t *next_salt(struct intake *intake)
{
    if (intake->salts_left == 0) {
        crypto_random(intake->salts, sizeof(intake->salts));
        intake->salts_left = SALTS;
    }
    return intake->salts[--intake->salts_left];
}

enum taken { TAKEN, REFUSED, LATER };

static void note_staged(struct intake *intake, const struct bus_event *event, bool sealed)
{
    struct entry *entry = &intake->entries[intake->n_entries++];
    *entry = (struct entry){
        .class = event->class,
        .place = event->place,
        .sev = event->sev,
        .event = event->event,
        .sealed = sealed,
    };
    if (event->tenant)
        snprintf(entry->tenant, sizeof(entry->tenant), "%s", event->tenant);
}

static enum taken stage(struct audit *audit, struct event_read *read, unsigned peer, const char **ret_code)
{
    struct intake *intake = audit->intake;
    struct bus_event *event = &read->event;
    struct buf *text = &intake->composed;
    const uint8_t *salt = next_salt(intake);
    struct problem problem;
    event->sequence = journal_next(audit->journal, event->class);
    event->place = successions_place(&audit->successions[event->class], event->sequence);
    event->recorded_ms = clock_wall_ms();
    buf_clear(text);
    if (seal_event(audit->seal, event, salt, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "seal.failed", &problem);
        return LATER;
    }
    if (event_compose(text, event, bus_peer_name(peer), salt)) {
        *ret_code = "too-long";
        return REFUSED;
    }
    if (!quota_take(&audit->quota, peer, event->class, text->length, intake->now_ms) ||
        journal_stage(audit->journal, event->class, text->data, text->length))
        return LATER;
    note_staged(intake, event, seal_found(audit->seal));
    return TAKEN;
}

static enum taken take_permitted(struct audit *audit, struct event_read *read, unsigned peer, const char **ret_code)
{
    *ret_code = check_permit(read, peer);
    if (*ret_code) {
        bus_spine_count_refused(audit->bus, true);
        return REFUSED;
    }
    *ret_code = check_operation(audit, read);
    if (*ret_code)
        return REFUSED;
    return make_room(audit, read->event.class, EVENT_BYTES_MAX) ? stage(audit, read, peer, ret_code) : LATER;
}

static enum taken take_event(struct audit *audit, unsigned peer, const char *text, size_t bytes, const char **ret_code)
{
    struct event_read read;
    struct problem problem;
    if (bytes > EVENT_PRODUCED_BYTES_MAX || event_read_produced(text, bytes, &read, &problem)) {
        *ret_code = bytes > EVENT_PRODUCED_BYTES_MAX ? "too-long" : problem.code;
        bus_spine_count_refused(audit->bus, false);
        return REFUSED;
    }
    enum taken taken = take_permitted(audit, &read, peer, ret_code);
    event_free(&read);
    return taken;
}

static struct answer *answer_to(struct audit *audit, const struct bus_route *route, struct mark *mark)
{
    struct intake *intake = audit->intake;
    struct answer *answer = NULL;
    for (unsigned i = 0; i < intake->n_answers && !answer; i++) {
        if (intake->answers[i].mark == mark)
            answer = &intake->answers[i];
    }
    if (!answer) {
        answer = &intake->answers[intake->n_answers++];
        *answer = (struct answer){ .mark = mark };
    }
    answer->status = BATCH_TAKEN;
    bus_route_copy(&answer->route, route);
    return answer;
}

static void note_refused(struct answer *answer, uint64_t sequence, const char *code)
{
    struct batch_refused *more = realloc(answer->refused, (answer->n_refused + 1) * sizeof(*more));
    if (!more)
        return; /* it counts as taken then; the metric has it */
    answer->refused = more;
    more[answer->n_refused++] = (struct batch_refused){ sequence, code, strlen(code) };
}

void intake_batch(void *arg, unsigned peer, const struct bus_route *route, const struct batch *batch)
{
    struct audit *audit = arg;
    audit->intake->now_ms = clock_mono_ms();
    /* An answer points to its mark, and a new mark may take an old one's place: never more marks in a turn than one peer
     * has rows. */
    if (audit->intake->n_answers == ANSWERS_MAX || journal_staged_bytes(audit->journal) >= STAGED_BYTES_MAX)
        intake_settle(audit);
    struct mark *mark = journal_mark(audit->journal, peer, batch->outbox);
    struct answer *answer = answer_to(audit, route, mark);
    if (batch->before > mark->through) {
        answer->status = BATCH_RESEND;
        return;
    }
    for (size_t i = 0; i < batch->n; i++) {
        const struct batch_event *event = &batch->events[i];
        const char *code;
        if (event->sequence <= mark->through) {
            audit->repeated++;
            continue;
        }
        enum taken taken = take_event(audit, peer, event->text, event->bytes, &code);
        /* Making room may have settled: then this producer was answered and needs an answer for the rest. */
        if (!audit->intake->n_answers)
            answer = answer_to(audit, route, mark);
        if (taken == LATER) {
            answer->status = BATCH_LATER;
            return;
        }
        if (taken == REFUSED)
            note_refused(answer, event->sequence, code);
        mark->through = event->sequence;
        journal_touch(audit->journal, mark);
    }
}

int intake_own(void *arg, const char *text, size_t bytes)
{
    struct audit *audit = arg;
    const char *code;
    audit->intake->now_ms = clock_mono_ms();
    return take_event(audit, PEER_AUDIT, text, bytes, &code) == TAKEN ? 0 : -1;
}

static void send_answers(struct audit *audit)
{
    struct intake *intake = audit->intake;
    for (unsigned i = 0; i < intake->n_answers; i++) {
        struct answer *answer = &intake->answers[i];
        struct batch_answer *out = &intake->out;
        out->status = answer->status;
        out->outbox = answer->mark->outbox;
        out->through = answer->mark->through;
        out->n_refused = answer->n_refused < BATCH_REFUSED_MAX ? answer->n_refused : BATCH_REFUSED_MAX;
        if (out->n_refused)
            memcpy(out->refused, answer->refused, out->n_refused * sizeof(*out->refused));
        bus_spine_answer(audit->bus, &answer->route, out);
        free(answer->refused);
    }
    intake->n_answers = 0;
}

/* The entries stand in the frame in the order in which they were staged. */
static void publish(struct audit *audit)
{
    struct intake *intake = audit->intake;
    struct frame frame;
    struct frame_entry text;
    if (!intake->n_entries || journal_last(audit->journal, &frame))
        return;
    struct wire_reader texts = frame_entries(&frame);
    for (uint32_t i = 0; i < intake->n_entries && !frame_next_entry(&texts, &text); i++)
        stream_publish(audit, &intake->entries[i], text.text, text.bytes);
    stream_flush(audit);
}

void intake_settle(void *arg)
{
    struct audit *audit = arg;
    struct intake *intake = audit->intake;
    struct problem problem;
    /* When it fails, nothing is known about the disk any more; the next start reads what is there. */
    if (ledger_commit(audit->ledger, &problem))
        log_last("journal.failed", &problem);
    send_answers(audit);
    publish(audit);
    audit->stored += intake->n_entries;
    audit->commits += intake->n_entries > 0;
    intake->n_entries = 0;
}
