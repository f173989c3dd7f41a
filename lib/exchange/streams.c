#include "lib/exchange/streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

static struct db_rows *query(struct records *records, uint32_t agent)
{
    return records_query(records,
        "SELECT sent_incarnation, sent_counter, taken_incarnation, taken_next, taken_skipped,"
        " ifnull(signer, '') FROM stream WHERE agent = ?",
        "i", (int64_t)agent);
}

static struct stream_sender read_sender(struct records *records, uint32_t agent)
{
    struct stream_sender sender = { 0 };
    struct db_rows *rows = query(records, agent);
    if (db_next(rows))
        sender.last = (struct stream_place){ (uint64_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) };
    records_finish(rows);
    return sender;
}

struct stream_place streams_next(struct records *records, uint32_t agent, int64_t wall_ms)
{
    struct stream_sender sender = read_sender(records, agent);
    struct stream_place place = stream_next(&sender, wall_ms);
    records_run(records,
        "INSERT INTO stream (agent, sent_incarnation, sent_counter) VALUES (?1, ?2, ?3) ON CONFLICT (agent)"
        " DO UPDATE SET sent_incarnation = ?2, sent_counter = ?3",
        "iii", (int64_t)agent, (int64_t)sender.last.incarnation, (int64_t)sender.last.counter);
    return place;
}

void streams_signer(struct records *records, uint32_t agent, char ret[FINGERPRINT_HEX_BYTES])
{
    struct db_rows *rows = query(records, agent);
    snprintf(ret, FINGERPRINT_HEX_BYTES, "%s", db_next(rows) ? db_text(rows, 5) : "");
    records_finish(rows);
}

void streams_signed_by(struct records *records, uint32_t agent, const char *signer, int64_t wall_ms)
{
    struct stream_sender sender = read_sender(records, agent);
    stream_restored(&sender, wall_ms);
    records_run(records,
        "INSERT INTO stream (agent, sent_incarnation, sent_counter, signer) VALUES (?1, ?2, 0, ?3)"
        " ON CONFLICT (agent) DO UPDATE SET sent_incarnation = ?2, sent_counter = 0, signer = ?3",
        "iis", (int64_t)agent, (int64_t)sender.last.incarnation, signer);
}

void streams_adopt(struct records *records, const char *signer)
{
    records_run(records, "UPDATE stream SET signer = ? WHERE signer IS NULL AND sent_incarnation > 0", "s", signer);
}

void streams_taken(struct records *records, uint32_t agent, struct stream *ret)
{
    struct db_rows *rows = query(records, agent);
    *ret = (struct stream){ 0 };
    if (db_next(rows))
        *ret = (struct stream){ (uint64_t)db_int(rows, 2), (uint64_t)db_int(rows, 3), (uint64_t)db_int(rows, 4) };
    records_finish(rows);
}

void streams_set_taken(struct records *records, uint32_t agent, const struct stream *stream)
{
    records_run(records,
        "INSERT INTO stream (agent, taken_incarnation, taken_next, taken_skipped) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (agent) DO UPDATE SET taken_incarnation = ?2, taken_next = ?3, taken_skipped = ?4",
        "iiii", (int64_t)agent, (int64_t)stream->incarnation, (int64_t)stream->next, (int64_t)stream->skipped);
}

void streams_hold(struct records *records, uint32_t agent, struct stream_place place, int64_t wall_ms,
    const void *envelope, size_t bytes)
{
    records_run(records,
        "INSERT OR IGNORE INTO early (agent, incarnation, counter, since_ms, envelope) VALUES (?, ?, ?, ?, ?)", "iiiib",
        (int64_t)agent, (int64_t)place.incarnation, (int64_t)place.counter, wall_ms, envelope, bytes);
}

size_t streams_held(struct records *records, uint32_t agent, struct stream_held ret[STREAM_HELD_MAX])
{
    size_t n = 0;
    struct db_rows *rows = records_query(records,
        "SELECT incarnation, counter, since_ms FROM early WHERE agent = ? ORDER BY incarnation, counter LIMIT ?", "ii",
        (int64_t)agent, (int64_t)STREAM_HELD_MAX);
    while (db_next(rows))
        ret[n++] = (struct stream_held){ { (uint64_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) }, db_int(rows, 2) };
    records_finish(rows);
    return n;
}

static void forget(struct records *records, uint32_t agent, struct stream_place place)
{
    records_run(records, "DELETE FROM early WHERE agent = ? AND incarnation = ? AND counter = ?", "iii", (int64_t)agent,
        (int64_t)place.incarnation, (int64_t)place.counter);
}

void *streams_release(struct records *records, uint32_t agent, struct stream_place place, size_t *ret_bytes)
{
    struct problem problem = { .code = "no-memory", .reason = "no memory for an envelope" };
    void *copy = NULL;
    struct db_rows *rows =
        records_query(records, "SELECT envelope FROM early WHERE agent = ? AND incarnation = ? AND counter = ?", "iii",
            (int64_t)agent, (int64_t)place.incarnation, (int64_t)place.counter);
    if (db_next(rows)) {
        const void *envelope = db_blob(rows, 0, ret_bytes);
        copy = malloc(*ret_bytes);
        if (!copy)
            records_fail(&problem);
        memcpy(copy, envelope, *ret_bytes);
    }
    records_finish(rows);
    forget(records, agent, place);
    return copy;
}

uint32_t streams_waiting(struct records *records, int64_t before_ms, uint32_t after)
{
    return (uint32_t)records_number(records_query(records,
        "SELECT agent FROM early WHERE agent > ? AND since_ms <= ? ORDER BY agent LIMIT 1", "ii", (int64_t)after,
        before_ms));
}
