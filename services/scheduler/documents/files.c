#include "services/scheduler/documents/files.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "services/scheduler/scheduler.h"

#define PIECE_BYTES (120u << 10) /* three of them, sealed and in base64, fit into one parcel */
#define DEADLINE_MS 10000
#define AGAIN_US 5000000 /* ingest is away */
#define WANTED_MAX 64    /* files of one agent at a time: as many as a task names */

struct wanted {
    uint32_t agent;
    char sha256[HEX_BYTES(SHA256_BYTES)];
    uint64_t offset, until;
};

static bool read_one(struct db_rows *rows, struct wanted *ret)
{
    bool found = db_next(rows);
    if (found) {
        *ret = (struct wanted){
            .agent = (uint32_t)db_int(rows, 0), .offset = (uint64_t)db_int(rows, 2), .until = (uint64_t)db_int(rows, 3)
        };
        snprintf(ret->sha256, sizeof(ret->sha256), "%s", db_text(rows, 1));
    }
    records_finish(rows);
    return found;
}

/* The agent behind `after`, or the first. */
static bool find_next(struct records *records, uint32_t after, struct wanted *ret)
{
    return read_one(records_query(records,
                        "SELECT agent, sha256, offset, until FROM wanted ORDER BY agent <= ?, agent, sha256 LIMIT 1",
                        "i", (int64_t)after),
        ret);
}

static bool find(struct records *records, uint32_t agent, const char *sha256, struct wanted *ret)
{
    return read_one(
        records_query(records, "SELECT agent, sha256, offset, until FROM wanted WHERE agent = ? AND sha256 = ?", "is",
            (int64_t)agent, sha256),
        ret);
}

static bool wants_much(struct records *records, uint32_t agent)
{
    return records_number(records_query(
               records, "SELECT count(*) FROM wanted WHERE agent = ?", "i", (int64_t)agent)) >= WANTED_MAX;
}

static void keep(struct records *records, const struct wanted *wanted)
{
    records_run(records, "INSERT OR REPLACE INTO wanted (agent, sha256, offset, until) VALUES (?, ?, ?, ?)", "isii",
        (int64_t)wanted->agent, wanted->sha256, (int64_t)wanted->offset, (int64_t)wanted->until);
}

static void forget(struct records *records, const struct files *files)
{
    records_run(
        records, "DELETE FROM wanted WHERE agent = ? AND sha256 = ?", "is", (int64_t)files->last, files->sha256);
}

void files_want(struct files *files, uint32_t agent, const struct envelope_wanted *said)
{
    struct wanted wanted = { .agent = agent, .offset = said->offset, .until = said->offset + said->wanted_bytes };
    snprintf(wanted.sha256, sizeof(wanted.sha256), "%s", said->file_sha256);
    if (wants_much(files->scheduler->records, agent))
        log_warning("file.too-many-wanted", LOG_INT("agent", agent));
    else
        keep(files->scheduler->records, &wanted);
    scheduler_look(files->scheduler);
}

static size_t bytes_of(const char *base64)
{
    size_t length = strlen(base64), padding = 0;
    while (padding < 2 && padding < length && base64[length - 1 - padding] == '=')
        padding++;
    return length / 4 * 3 - padding;
}

/* The piece and how far it goes are one transaction: a kill sends none twice and leaves none out. */
static void send_piece(struct files *files, struct wanted *wanted, const struct call_file_get_reply *reply)
{
    struct records *records = files->scheduler->records;
    struct problem problem;
    const struct envelope_file piece = {
        .file_sha256 = wanted->sha256, .file_bytes = reply->file_bytes, .offset = wanted->offset, .data = reply->data
    };
    if (dispatch_send(&files->scheduler->dispatch, wanted->agent, ENVELOPE_FILE, &piece, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "file.not-sent", &problem);
        forget(records, files);
        return;
    }
    files->sent++;
    wanted->offset += bytes_of(reply->data);
    if (wanted->offset < wanted->until && wanted->offset < reply->file_bytes)
        keep(records, wanted);
    else
        forget(records, files);
}

/* What an agent wants of a file that is not here, it wants again later. */
static void take_piece(void *arg, const struct problem *refused, const void *reply)
{
    struct files *files = arg;
    struct wanted wanted;
    files->asking = false;
    bool there = find(files->scheduler->records, files->last, files->sha256, &wanted);
    if (!refused && there) {
        send_piece(files, &wanted, reply);
    } else if (refused && !strcmp(refused->code, "not-found")) {
        log_warning("file.not-here", LOG_INT("agent", files->last));
        forget(files->scheduler->records, files);
    } else if (refused) {
        loop_timer_set(files->again, AGAIN_US);
        return;
    }
    scheduler_look(files->scheduler);
}

void files_turn(struct files *files)
{
    struct wanted wanted;
    if (files->asking || !find_next(files->scheduler->records, files->last, &wanted))
        return;
    uint64_t left = wanted.until - wanted.offset;
    const struct call_file_get request = { .file_sha256 = wanted.sha256,
        .offset = wanted.offset,
        .wanted_bytes = left < PIECE_BYTES ? (uint32_t)left : PIECE_BYTES };
    files->asking = true;
    files->last = wanted.agent;
    memcpy(files->sha256, wanted.sha256, sizeof(files->sha256));
    ask_file_get(files->scheduler->program.bus, NULL, &request, DEADLINE_MS, take_piece, files);
}

static void again(void *arg)
{
    files_turn(arg);
}

int files_start(struct files *files, struct scheduler *scheduler, struct problem *problem)
{
    *files = (struct files){ .scheduler = scheduler };
    files->again = loop_timer(scheduler->program.loop, again, files);
    return files->again ? 0 : problem_errno(problem, "loop", "", "no timer for files");
}
