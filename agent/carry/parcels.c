#include "agent/carry/parcels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/carry/exchange.h"
#include "agent/mail.h"
#include "contract.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/parcel.h"
#include "lib/problem.h"

#define PARCEL_FILE MAIL_DIR "/parcel"
#define FETCHED_FILE MAIL_DIR "/fetched"
#define SAID_FILE MAIL_DIR "/said"
#define PARCEL_MAX 256       /* envelopes */
#define LIST_BYTES_MAX 65536 /* of 256 names */

/* What is under way. */
struct pending {
    uint64_t parcel, acknowledged;
    size_t n;
    struct mail_name names[PARCEL_MAX];
};

/* The file holds its number, what it acknowledged, and a name a line. One that holds anything else counts as none. */
static bool load_pending(struct pending *ret)
{
    char *text, *rest;
    size_t bytes;
    if (file_read(PARCEL_FILE, LIST_BYTES_MAX, &text, &bytes, NULL))
        return false;
    char *line = strtok_r(text, "\n", &rest);
    char *space = line ? strchr(line, ' ') : NULL;
    ret->parcel = space ? strtoull(line, NULL, 10) : 0;
    ret->acknowledged = space ? strtoull(space, NULL, 10) : 0;
    ret->n = 0;
    while (ret->parcel && ret->n < PARCEL_MAX && (line = strtok_r(NULL, "\n", &rest))) {
        enum addressee addressee;
        if (!mail_addressee(line, &addressee))
            strcpy(ret->names[ret->n++].text, line);
    }
    free(text);
    return ret->parcel > 0;
}

static int save_pending(const struct pending *pending, struct problem *problem)
{
    struct buf text = { 0 };
    int error = buf_format(&text, "%" PRIu64 " %" PRIu64 "\n", pending->parcel, pending->acknowledged);
    for (size_t i = 0; i < pending->n && !error; i++)
        error = buf_format(&text, "%s\n", pending->names[i].text);
    error = error ? problem_set(problem, "no-memory", "", "no memory for a parcel")
                  : file_write(PARCEL_FILE, text.data, text.length, 0600, problem);
    buf_free(&text);
    return error;
}

uint64_t parcels_fetched(void)
{
    char *text;
    size_t bytes;
    if (file_read(FETCHED_FILE, 64, &text, &bytes, NULL))
        return 0;
    uint64_t number = strtoull(text, NULL, 10);
    free(text);
    return number;
}

/* What the server is known to know: what we acknowledged, and the newest parcel that it has. false: nothing yet. */
struct said {
    uint64_t acknowledged, parcel;
};

static bool load_said(struct said *ret)
{
    char *text;
    size_t bytes;
    *ret = (struct said){ 0 };
    if (file_read(SAID_FILE, 64, &text, &bytes, NULL))
        return false;
    bool whole = sscanf(text, "%" SCNu64 " %" SCNu64, &ret->acknowledged, &ret->parcel) == 2;
    free(text);
    return whole;
}

static int save_said(const struct said *said, struct problem *problem)
{
    char text[48];
    int length = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 "\n", said->acknowledged, said->parcel);
    return file_write(SAID_FILE, text, (size_t)length, 0600, problem);
}

/* Add what of these is still there, up to a parcel's size. *ret_n: how many were looked at. */
static int add_rows(
    const struct mail_name *names, size_t n, struct call_agent_parcel *parcel, size_t *ret_n, struct problem *problem)
{
    size_t used = 0, i = 0;
    for (; i < n && parcel->n_rows < PARCEL_MAX; i++) {
        enum addressee addressee;
        char *envelope, *text;
        size_t bytes;
        if (mail_addressee(names[i].text, &addressee) ||
            mail_read(MAIL_OUT_DIR, names[i].text, &envelope, &bytes, NULL))
            continue; /* went by another carrier meanwhile */
        if (used && used + bytes > PARCEL_ENVELOPES_BYTES) {
            free(envelope);
            break;
        }
        used += bytes;
        text = malloc(BASE64_BYTES(bytes));
        if (text)
            crypto_base64(envelope, bytes, text);
        free(envelope);
        if (!text)
            return problem_set(problem, "no-memory", "", "no memory for a parcel");
        parcel->rows[parcel->n_rows++] =
            (struct call_agent_parcel_row){ .addressee = (int)addressee, .envelope = text };
    }
    *ret_n = i;
    return 0;
}

/* What waits goes under way, under a number that is higher than all before it. 1: there is nothing to say. */
static int begin_pending(struct pending *pending, struct call_agent_parcel *parcel, struct problem *problem)
{
    struct mail_name *names;
    struct said said;
    size_t n, looked;
    if (mail_list(MAIL_OUT_DIR, &names, &n, problem))
        return -1;
    bool known = load_said(&said);
    uint64_t last = said.parcel > pending->parcel ? said.parcel : pending->parcel;
    pending->parcel = last + 1 > (uint64_t)clock_wall_ms() ? last + 1 : (uint64_t)clock_wall_ms();
    pending->acknowledged = parcel->acknowledged;
    int error = add_rows(names, n, parcel, &looked, problem);
    for (pending->n = 0; !error && pending->n < looked && pending->n < PARCEL_MAX; pending->n++)
        pending->names[pending->n] = names[pending->n];
    free(names);
    if (!error && !parcel->n_rows && known && said.acknowledged == parcel->acknowledged)
        return 1;
    return error || save_pending(pending, problem) ? -1 : 0;
}

static int fill(struct call_agent_parcel *parcel, struct pending *pending, struct problem *problem)
{
    size_t looked;
    parcel->acknowledged = parcels_fetched();
    parcel->has_acknowledged = parcel->acknowledged > 0;
    /* One that brought nothing but an acknowledgement need not have arrived for the next to go. */
    bool under_way = load_pending(pending) && (pending->n || !mail_waits(MAIL_OUT_DIR));
    int error = under_way ? add_rows(pending->names, pending->n, parcel, &looked, problem)
                          : begin_pending(pending, parcel, problem);
    parcel->parcel = pending->parcel;
    return error;
}

int parcels_make(const struct exchange *exchange, struct buf *ret, struct problem *problem)
{
    struct call_agent_parcel parcel = { .agent = exchange->identity.agent };
    struct pending *pending = calloc(1, sizeof(*pending));
    parcel.rows = calloc(PARCEL_MAX, sizeof(*parcel.rows));
    int error = pending && parcel.rows ? fill(&parcel, pending, problem)
                                       : problem_set(problem, "no-memory", "", "no memory for a parcel");
    if (!error)
        error = parcel_write(PARCEL_FROM_AGENT, exchange->keys.carry, &call_agent_parcel_shape, &parcel, ret, problem);
    for (size_t i = 0; i < parcel.n_rows; i++)
        free((char *)parcel.rows[i].envelope);
    free(parcel.rows);
    free(pending);
    return error < 0 ? -1 : 0;
}

/* The server has the one that is under way: what was in it need not be kept. */
static int end_pending(uint64_t parcel, struct problem *problem)
{
    struct pending *pending = calloc(1, sizeof(*pending));
    struct said said;
    if (!pending)
        return problem_set(problem, "no-memory", "", "no memory for a parcel");
    int error = 0;
    if (load_pending(pending) && parcel >= pending->parcel) {
        for (size_t i = 0; i < pending->n; i++)
            mail_remove(MAIL_OUT_DIR, pending->names[i].text);
        said = (struct said){ pending->acknowledged, parcel };
        error = save_said(&said, problem);
        if (!error)
            unlink(PARCEL_FILE);
    }
    free(pending);
    return error;
}

/* An envelope whose number is not above our newest came before, by another carrier or in the same parcel. */
static int take_rows(const struct call_agent_parcel_reply *reply, bool *ret_arrived, struct problem *problem)
{
    const uint64_t before = parcels_fetched();
    char number[24];
    uint64_t last = before;
    int error = 0;
    for (size_t i = 0; i < reply->n_rows && !error; i++) {
        if (reply->rows[i].number <= before)
            continue;
        error = mail_keep_text(reply->rows[i].envelope, "bad-parcel", problem);
        if (!error)
            last = reply->rows[i].number;
    }
    *ret_arrived = last > before;
    int length = snprintf(number, sizeof(number), "%" PRIu64 "\n", last);
    if (last > before && file_write(FETCHED_FILE, number, (size_t)length, 0600, problem))
        return -1;
    return error;
}

int parcels_take(
    const struct exchange *exchange, const char *text, size_t bytes, bool *ret_arrived, struct problem *problem)
{
    struct parcel parcel;
    struct call_agent_parcel_reply reply;
    if (parcel_read(text, bytes, PARCEL_TO_AGENT, &parcel, problem))
        return -1;
    if (!parcel_authentic(&parcel, exchange->keys.carry))
        return problem_set(problem, "bad-mac", "", "the parcel was not made by our server for us");
    json_t *json = message_parse(parcel.json, parcel.json_bytes, problem);
    int error = !json || message_decode(&call_agent_parcel_reply_shape, json, &reply, problem);
    if (!error) {
        error = end_pending(reply.parcel, problem) || take_rows(&reply, ret_arrived, problem);
        message_free(&call_agent_parcel_reply_shape, &reply);
    }
    json_decref(json);
    return error ? -1 : 0;
}
