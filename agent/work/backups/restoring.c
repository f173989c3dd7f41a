#include "agent/work/backups/restoring.h"

#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/exchange.h"
#include "agent/helper.h"
#include "agent/work/backups/restore_line.h"
#include "agent/work/runs/account.h"
#include "agent/work/runs/output.h"
#include "agent/work/work.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/target/conf.h"

#define FOLDER "restores"
#define LOOK_US 200000
#define MEMORY_BYTES (INT64_C(2) << 30)  /* a tree of ten million files */
#define SPACE_BYTES (INT64_C(16) << 30)  /* of addresses, without a control group */
#define PROCESSES 64                     /* threads count */
#define PATHS_MAX 256                    /* documents.def */
#define WORDS_MAX (24 + PATHS_MAX + 1)

struct restoring {
    struct work *work;
    const struct held *held;
    struct loop_timer *look;
    char folder[PATH_MAX];
    struct said_lines lines;
    struct run_output *output; /* while lines are read */
    struct restore_said last;  /* done or failed, once it was said */
    int64_t began_ms, told_ms; /* monotonic; 0: nothing was told yet */
    struct backup_pace pace;
};

static uint64_t next_number(void)
{
    static uint64_t last; /* also where the clock goes back */
    uint64_t now = (uint64_t)clock_wall_ms() * 1000;
    last = now > last ? now : last + 1;
    return last;
}

static void folder_of(const char *document, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, FOLDER "/%.32s", document);
}

/* What it does not know itself. */
static void complete(const struct restoring *restoring, json_t *body)
{
    const struct held *held = restoring->held;
    json_object_set_new(body, "dsse", json_string(held->text));
    json_object_set_new(body, "entry", json_string(held->entry ? held->entry : ""));
    json_object_set_new(body, "receipt", json_string(held->receipt ? held->receipt : ""));
    json_object_set_new(body, "seal_key", json_string(post_seal_key(restoring->work->post)));
}

static int send_one(const struct restoring *restoring, const struct exchanged *exchanged, struct problem *problem)
{
    union {
        struct envelope_keys_commit commit;
        struct envelope_keys_wanted wanted;
    } message;
    const struct envelope_row *row = &envelope_rows[exchanged->purpose];
    if (row->from || row->to != PEER_KEYSERVER)
        return problem_set(problem, "wrong-purpose", "", "a restore writes to the restore key service alone");
    if (exchanged->purpose == ENVELOPE_KEYS_WANTED)
        complete(restoring, exchanged->body);
    if (message_decode(row->body, exchanged->body, &message, problem))
        return -1;
    int error = post_send(restoring->work->post, ADDRESSEE_KEYSERVER, exchanged->purpose, &message, problem);
    message_free(row->body, &message);
    return error;
}

/* It waits for an answer, and there will be none. */
static void refuse(const struct restoring *restoring, const struct problem *why)
{
    const struct document_restore *restore = &restoring->held->document.body.restore;
    const struct envelope_keys_refused refused = { .document = restore->head.document,
        .commit_sha256 = restore->commit_sha256,
        .code = why->code,
        .reason = why->reason };
    struct buf text = { 0 };
    struct problem problem;
    if (!message_encode(envelope_rows[ENVELOPE_KEYS_REFUSED].body, &refused, &text) &&
        exchange_put(restoring->folder, EXCHANGE_IN, next_number(), ENVELOPE_KEYS_REFUSED, text.data, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.restore-not-told", &problem);
    buf_free(&text);
}

/* While the mail is full it waits; and so does the restore. */
static void look(void *arg)
{
    struct restoring *restoring = arg;
    struct exchanged exchanged;
    struct problem problem;
    bool sent = false, full = false;
    while (!full && exchange_next(restoring->folder, EXCHANGE_OUT, &exchanged, &problem) > 0) {
        if (!send_one(restoring, &exchanged, &problem))
            sent = true;
        else if (!strcmp(problem.code, "mail-full"))
            full = true;
        else
            refuse(restoring, &problem);
        if (full)
            json_decref(exchanged.body);
        else
            exchange_drop(restoring->folder, EXCHANGE_OUT, &exchanged);
    }
    if (sent)
        telling_out();
    loop_timer_set(restoring->look, LOOK_US);
}

void restoring_take(struct work *work, const struct opened *opened)
{
    const char *document = opened->purpose == ENVELOPE_KEYS
                               ? ((const struct envelope_keys *)opened->message)->document
                               : ((const struct envelope_keys_refused *)opened->message)->document;
    const struct held *held = document ? work_find(work, document) : NULL;
    char folder[PATH_MAX];
    struct buf text = { .limit_bytes = EXCHANGE_BYTES_MAX };
    struct problem problem;
    if (!held || !held->run || held_head(held)->kind != DOCUMENT_KIND_RESTORE)
        return;
    folder_of(document, folder);
    if (!message_encode(envelope_rows[opened->purpose].body, opened->message, &text) &&
        exchange_put(folder, EXCHANGE_IN, next_number(), opened->purpose, text.data, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.keys-not-kept", &problem);
    buf_free(&text);
}

struct words {
    size_t n;
    const char *all[WORDS_MAX];
    char agent[16], exchange[PATH_MAX], seal_key[PATH_MAX];
};

static void add(struct words *words, const char *option, const char *value)
{
    words->all[words->n++] = option;
    words->all[words->n++] = value;
}

/* Whose backup: of whom the document says, or our own. */
static void fill_words(
    struct words *words, const struct restoring *restoring, const char *program, const char *home)
{
    const struct work *work = restoring->work;
    const struct document_restore *restore = &restoring->held->document.body.restore;
    snprintf(words->agent, sizeof(words->agent), "%" PRIu32, restore->source ? restore->source->agent : 0);
    words->all[words->n++] = program;
    add(words, "--state", work->state_path);
    add(words, "--targets", work->targets_path ? work->targets_path : TARGETS_DEFAULT);
    snprintf(words->exchange, sizeof(words->exchange), "%s/%.100s", home, restoring->folder);
    post_seal_path(work->post, work->state_path, home, words->seal_key, sizeof(words->seal_key));
    add(words, "--exchange", words->exchange);
    add(words, "--seal-key", words->seal_key);
    add(words, "--target", restore->target);
    add(words, "--backup", restore->backup);
    add(words, "--commit", restore->commit_sha256);
    add(words, "--signer", restore->source ? restore->source->fingerprint : post_fingerprint(work->post));
    add(words, "--agent", words->agent);
    add(words, "--into", restore->into);
    add(words, "--user", restore->user);
    words->all[words->n++] = "--";
    for (size_t i = 0; i < restore->n_paths && i < PATHS_MAX; i++)
        words->all[words->n++] = restore->paths[i];
}

/* With our rights, which are root's where the agent is installed: in the folder it uses those of the user who was named. */
static int launch(struct restoring *restoring, const struct words *words, struct cgroup *cgroup, struct runner *ret,
    struct problem *problem)
{
    static const char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG=C.UTF-8", NULL };
    const struct work *work = restoring->work;
    const struct document_head *head = held_head(restoring->held);
    const struct passwd *self = getpwuid(geteuid());
    struct account account;
    char name[64];
    int64_t left_ms = head->expires - knowledge_now(&work->knowledge, clock_wall_ms());
    if (!self)
        return problem_errno(problem, "no-user", "", "this machine has no name for user %u", geteuid());
    if (account_find(self->pw_name, &account, problem))
        return -1;
    snprintf(name, sizeof(name), "%.8s-%.32s", post_fingerprint(work->post), head->document);
    cgroup_make(name, MEMORY_BYTES, PROCESSES, cgroup);
    const struct errand errand = { .argv = words->all,
        .environment = environment,
        .own_errors = true,
        .folder = "/",
        .account = &account,
        .cgroup = cgroup,
        .timeout_ms = left_ms > 0 ? left_ms : 1,
        .memory_bytes = cgroup->memory ? MEMORY_BYTES : SPACE_BYTES,
        .processes = cgroup->processes || !geteuid() ? PROCESSES : 4096 };
    return runner_start(&errand, ret, problem);
}

static int start(struct restoring *restoring, struct cgroup *cgroup, struct runner *ret, struct problem *problem)
{
    char program[PATH_MAX], home[PATH_MAX / 2];
    struct words words = { 0 };
    if (!restoring->held->document.body.restore.commit_sha256)
        return problem_set(problem, "unpinned", "commit_sha256", "the document does not say which commit is restored");
    if (helper_find("vedette-agent-restore", program, problem) || dir_make(FOLDER, 0700, problem) ||
        exchange_make(restoring->folder, problem))
        return -1;
    if (!getcwd(home, sizeof(home)))
        return problem_errno(problem, "bad-state", "", "cannot tell where we are");
    fill_words(&words, restoring, program, home);
    return launch(restoring, &words, cgroup, ret, problem);
}

/* Often while people look, and less as it goes on; the last word always. */
static bool is_told(const struct restoring *restoring, const struct restore_said *said, int64_t now_ms)
{
    return !restoring->told_ms || said->word != RESTORE_SAYS_PROGRESS ||
           now_ms - restoring->told_ms >= backup_tell_after_ms(now_ms - restoring->began_ms);
}

static void tell(struct restoring *restoring, const struct restore_said *said)
{
    const struct document_head *head = held_head(restoring->held);
    int64_t now_ms = clock_mono_ms();
    backup_pace_add(&restoring->pace, said->content_bytes, now_ms);
    if (!is_told(restoring, said, now_ms))
        return;
    int64_t left_s = backup_pace_left_s(&restoring->pace, said->expected_bytes);
    const struct envelope_restore_run message = { .document = head->document,
        .document_version = head->version,
        .time = clock_wall_ms(),
        .files = said->files,
        .content_bytes = said->content_bytes,
        .expected_files = said->expected_files,
        .expected_bytes = said->expected_bytes,
        .same_files = said->same_files,
        .failed_files = said->failed_files,
        .has_rate_bytes_s = restoring->told_ms,
        .rate_bytes_s = (uint64_t)restoring->pace.bytes_s,
        .has_left_s = left_s >= 0,
        .left_s = (uint32_t)left_s };
    if (telling_send(restoring->work, ENVELOPE_RESTORE_RUN, &message))
        return;
    restoring->began_ms = restoring->told_ms ? restoring->began_ms : now_ms;
    restoring->told_ms = now_ms;
}

static void take_line(void *arg, const char *line)
{
    struct restoring *restoring = arg;
    struct restore_said said;
    restore_line(line, &said);
    if (said.word == RESTORE_SAYS_PROGRESS || said.word == RESTORE_SAYS_DONE)
        tell(restoring, &said);
    if (said.word == RESTORE_SAYS_PROGRESS)
        return;
    if (said.word != RESTORE_SAYS_NOTHING)
        restoring->last = said;
    run_output_keep(restoring->output, line, strlen(line));
    run_output_keep(restoring->output, "\n", 1);
}

void restoring_read(struct restoring *restoring, int fd, struct run_output *output)
{
    char part[4096];
    ssize_t count;
    restoring->output = output;
    while ((count = read(fd, part, sizeof(part))) > 0)
        said_lines_add(&restoring->lines, part, (size_t)count, take_line, restoring);
}

bool restoring_why(const struct restoring *restoring, struct problem *problem)
{
    const struct restore_said *last = &restoring->last;
    if (last->word == RESTORE_SAYS_FAILED)
        problem_set(problem, last->code, "", "%s", last->reason);
    else if (last->word == RESTORE_SAYS_DONE && last->failed_files)
        problem_set(problem, "not-all", "",
            "%" PRIu64 " of %" PRIu64 " could not be brought back; which, the machine's own log says",
            last->failed_files, last->expected_files);
    else
        return false;
    return true;
}

struct restoring *restoring_start(
    struct work *work, const struct held *held, struct cgroup *cgroup, struct runner *ret, struct problem *problem)
{
    struct restoring *restoring = calloc(1, sizeof(*restoring));
    if (!restoring) {
        problem_set(problem, "no-memory", "", "no memory for a restore");
        return NULL;
    }
    restoring->work = work;
    restoring->held = held;
    restoring->look = loop_timer(work->loop, look, restoring);
    folder_of(held_head(held)->document, restoring->folder);
    if (!restoring->look)
        problem_set(problem, "no-memory", "", "no timer for a restore");
    if (!restoring->look || start(restoring, cgroup, ret, problem)) {
        restoring_free(restoring);
        return NULL;
    }
    loop_timer_set(restoring->look, LOOK_US);
    return restoring;
}

void restoring_free(struct restoring *restoring)
{
    struct problem problem;
    if (!restoring)
        return;
    if (restoring->look)
        loop_timer_free(restoring->look);
    if (exchange_remove(restoring->folder, &problem))
        log_problem(LOG_LEVEL_WARNING, "work.exchange-left", &problem);
    free(restoring);
}
