#include "services/ingest/mailbox/drop.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/message/message.h"
#include "lib/parcel.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mailbox/base64.h"
#include "services/ingest/mailbox/envelopes.h"
#include "services/ingest/sender.h"

#define LOOK_MS 1000
#define PARCELS_A_LOOK 64 /* each is a file of up to 2 MiB; the loop has beats to hear */
#define PATH_BYTES 512
#define SUFFIX ".parcel"

struct drop {
    struct ingest *ingest;
    const char *folder;
    uint8_t *uses; /* per agent: it has sent parcels, and whether it is to be answered */
    uint32_t *answers;
    size_t n_answers;
};
enum { USES = 1, ANSWER = 2 };

static int add_row(void *arg, uint64_t number, const void *envelope, size_t bytes)
{
    struct call_agent_parcel_reply *reply = arg;
    struct call_agent_parcel_reply_row *rows = realloc(reply->rows, (reply->n_rows + 1) * sizeof(*rows));
    char *text = rows ? envelope_encode(envelope, bytes) : NULL;
    if (rows)
        reply->rows = rows;
    if (!text)
        return -1;
    rows[reply->n_rows++] = (struct call_agent_parcel_reply_row){ number, text };
    return 0;
}

static int write_answer(struct drop *drop, uint32_t agent, struct problem *problem)
{
    struct box *box = &drop->ingest->mailboxes.box;
    struct call_agent_parcel_reply reply = { .agent = agent };
    uint8_t key[SECRET_BYTES];
    char path[PATH_BYTES];
    struct buf text = { 0 };
    bool more;
    snprintf(path, sizeof(path), "%s/to/%u" SUFFIX, drop->folder, agent);
    int error = sender_key(drop->ingest, agent, key, problem) || box_parcel(box, agent, &reply.parcel, problem) ||
                box_fetch(box, agent, PARCEL_ENVELOPES_BYTES, add_row, &reply, &more, problem) ||
                parcel_write(PARCEL_TO_AGENT, key, &call_agent_parcel_reply_shape, &reply, &text, problem) ||
                file_write(path, text.data, text.length, 0644, problem);
    for (size_t i = 0; i < reply.n_rows; i++)
        free((char *)reply.rows[i].envelope);
    free(reply.rows);
    buf_free(&text);
    crypto_forget(key, sizeof(key));
    return error ? -1 : 0;
}

static void write_answers(struct drop *drop)
{
    for (size_t i = 0; i < drop->n_answers; i++) {
        struct problem problem;
        uint32_t agent = drop->answers[i];
        drop->uses[agent] &= (uint8_t)~ANSWER;
        if (write_answer(drop, agent, &problem))
            log_problem(LOG_LEVEL_WARNING, "drop.not-answered", &problem);
    }
    drop->n_answers = 0;
}

static void answer_soon(struct drop *drop, uint32_t agent)
{
    if (drop->uses[agent] & ANSWER)
        return;
    drop->uses[agent] |= USES | ANSWER;
    drop->answers[drop->n_answers++] = agent;
}

void drop_news(struct ingest *ingest, uint32_t agent)
{
    if (ingest->drop && ingest->drop->uses[agent] & USES)
        answer_soon(ingest->drop, agent);
}

static int take_rows(struct ingest *ingest, const struct call_agent_parcel *in, struct problem *problem)
{
    struct box *box = &ingest->mailboxes.box;
    uint64_t before;
    if (turn_begin(&ingest->mailboxes.turn, problem) || box_parcel(box, in->agent, &before, problem))
        return -1;
    if (in->has_acknowledged && box_acknowledge(box, in->agent, in->acknowledged, problem))
        return -1;
    /* One that comes again was taken, and is only answered again. */
    if (in->parcel <= before)
        return 0;
    for (size_t i = 0; i < in->n_rows; i++) {
        if (envelope_take(ingest, in->agent, (enum addressee)in->rows[i].addressee, in->rows[i].envelope, problem))
            return -1;
    }
    return box_parcel_keep(box, in->agent, in->parcel, problem);
}

static int take_parcel(struct drop *drop, const struct parcel *parcel, uint32_t *ret_agent, struct problem *problem)
{
    struct call_agent_parcel in;
    uint8_t key[SECRET_BYTES];
    json_t *json = message_parse(parcel->json, parcel->json_bytes, problem);
    if (!json || message_decode(&call_agent_parcel_shape, json, &in, problem)) {
        json_decref(json);
        return -1;
    }
    int error = sender_key(drop->ingest, in.agent, key, problem);
    if (!error && !parcel_authentic(parcel, key))
        error = problem_set(problem, "bad-mac", "", "the parcel was not made with this agent's secret");
    error = error || take_rows(drop->ingest, &in, problem);
    *ret_agent = in.agent;
    crypto_forget(key, sizeof(key));
    message_free(&call_agent_parcel_shape, &in);
    json_decref(json);
    return error ? -1 : 0;
}

/* Taken or not, it is done with: the turn is durable before the file is gone. What could not be written stays for the
 * next look, what is nobody's does not. */
static void take_file(struct drop *drop, const char *path)
{
    struct ingest *ingest = drop->ingest;
    struct problem problem;
    struct parcel parcel;
    char *text;
    size_t bytes;
    uint32_t agent;
    if (file_read(path, PARCEL_BYTES_MAX, &text, &bytes, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "drop.not-read", &problem);
        unlink(path);
        return;
    }
    if (parcel_read(text, bytes, PARCEL_FROM_AGENT, &parcel, &problem) ||
        take_parcel(drop, &parcel, &agent, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "drop.refused", &problem);
        bool ours =
            !strcmp(problem.code, "disk-full") || !strcmp(problem.code, "db") || !strcmp(problem.code, "mailbox-full");
        if (!ours)
            unlink(path);
    } else if (!turn_end(&ingest->mailboxes.turn)) {
        unlink(path);
        answer_soon(drop, agent);
        for (int i = 0; i < ADDRESSEE_COUNT; i++)
            forward_go(&ingest->mailboxes.forward[i]);
    }
    free(text);
}

static void look(void *arg)
{
    struct drop *drop = arg;
    char folder[PATH_BYTES - 256], path[PATH_BYTES];
    snprintf(folder, sizeof(folder), "%s/from", drop->folder);
    DIR *open = opendir(folder);
    unsigned n = 0;
    for (struct dirent *entry; open && n < PARCELS_A_LOOK && (entry = readdir(open));) {
        size_t length = strlen(entry->d_name);
        if (*entry->d_name == '.' || length <= strlen(SUFFIX) ||
            strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        take_file(drop, path);
        n++;
    }
    if (open)
        closedir(open);
    write_answers(drop);
}

static void note_user(void *arg, uint32_t agent)
{
    struct drop *drop = arg;
    if (agent <= drop->ingest->hot.highest)
        answer_soon(drop, agent);
}

static int make_folder(const char *folder, const char *name, struct problem *problem)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    /* Whoever brings parcels belongs to the group of the directory, whatever our umask is. */
    return access(path, W_OK) && (mkdir(path, 0770) || chmod(path, 0770))
               ? problem_errno(problem, "file", path, "cannot make %s", path)
               : 0;
}

int drop_start(struct ingest *ingest, struct problem *problem)
{
    const char *folder = ingest->program.settings.ingest.drop;
    if (!*folder)
        return 0;
    if (make_folder(folder, "from", problem) || make_folder(folder, "to", problem))
        return -1;
    struct drop *drop = calloc(1, sizeof(*drop));
    if (drop) {
        *drop = (struct drop){ .ingest = ingest, .folder = folder };
        drop->uses = calloc((size_t)ingest->hot.room + 1, 1);
        drop->answers = calloc((size_t)ingest->hot.room + 1, sizeof(*drop->answers));
    }
    if (!drop || !drop->uses || !drop->answers)
        return problem_set(problem, "no-memory", "", "no memory for parcels");
    ingest->drop = drop;
    loop_every(ingest->program.loop, LOOK_MS, look, drop);
    return box_parcel_each(&ingest->mailboxes.box, note_user, drop, problem);
}
