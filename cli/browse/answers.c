#include "cli/browse/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/browse/shown.h"
#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/message/message.h"

#define PATTERN_BYTES 256

static const char *const bringing_words[] = { "nothing", "reads", "writes", "done", "failed" };

/* What stays as it is */

static json_t *backup_of(const struct shelved *of)
{
    const struct commit *commit = &of->commit;
    char slot[DATE_BYTES], kept_until[DATE_BYTES], ended[RFC3339_BYTES];
    civil_text(commit->slot, slot);
    civil_text(commit->kept_until, kept_until);
    clock_rfc3339(ended, commit->ended_ms);
    return json_pack("{ss ss ss ss ss ss sI sI sI sI sI sb}", "backup", commit->backup, "commit_sha256",
        of->commit_sha256, "backup_class", backup_class_words[commit->class], "slot", slot, "kept_until", kept_until,
        "ended_at", ended, "files", (json_int_t)commit->files, "changed_files", (json_int_t)commit->changed_files,
        "content_bytes", (json_int_t)commit->content_bytes, "unsteady_files", (json_int_t)commit->unsteady_files,
        "unread_files", (json_int_t)commit->unread_files, "anchor", commit->anchor);
}

char *answers_work(const struct answers *answers)
{
    const struct shelf *shelf = answers->shelf;
    json_t *backups = json_array();
    for (size_t i = 0; i < shelf->n; i++)
        json_array_append_new(backups, backup_of(&shelf->all[i]));
    json_t *work = json_pack("{ss sI ss ss ss ss sI so}", "deployment", shelf->all[0].commit.deployment, "agent",
        (json_int_t)shelf->agent, "signer", shelf->signer, "target", answers->target, "to", answers->to, "passed_over",
        shelf->passed_over, "n_passed_over", (json_int_t)shelf->n_passed_over, "backups", backups);
    char *text = work ? message_text(work, JSON_COMPACT) : NULL;
    json_decref(work);
    return text;
}

static json_t *bringing_of(struct bringing *bringing)
{
    struct bringing_seen seen;
    bringing_look(bringing, &seen);
    const struct extracted *extracted = &seen.extracted;
    int64_t until_ms = seen.state == BRINGING_WRITES ? clock_mono_ms() : seen.ended_ms;
    json_t *json = json_pack("{ss ss ss sI sI sI sI sI sI sI}", "state", bringing_words[seen.state], "backup",
        seen.backup, "to", seen.to, "files", (json_int_t)extracted->entries, "expected_files",
        (json_int_t)extracted->chosen, "content_bytes", (json_int_t)extracted->written_bytes, "expected_bytes",
        (json_int_t)extracted->due_bytes, "same_files", (json_int_t)extracted->same, "failed_files",
        (json_int_t)extracted->failed, "took_ms", (json_int_t)(seen.began_ms ? until_ms - seen.began_ms : 0));
    if (json && seen.state == BRINGING_FAILED)
        json_object_set_new(json, "reason", json_string(seen.problem.reason));
    return json;
}

static json_t *state(struct answers *answers, const json_t *body, struct problem *problem)
{
    const struct shelf *shelf = answers->shelf;
    json_t *failed = json_array(), *order = json_array();
    (void)body, (void)problem;
    for (size_t i = 0; i < shelf->n; i++) {
        const struct shelved *one = &shelf->all[i];
        if (one->state == SHELVED_FAILED)
            json_array_append_new(failed, json_pack("{sI ss}", "at", (json_int_t)i, "why", one->why));
        else if (one->state == SHELVED_READ)
            json_array_append_new(order, json_integer((json_int_t)i));
    }
    return json_pack("{ss sI so so sI so}", "hostname", shelf->hostname, "looked_at", (json_int_t)shelf->n_looked_at,
        "failed", failed, "order", order, "names", (json_int_t)shelf->versions.n_names, "bringing",
        bringing_of(answers->bringing));
}

/* The tree of a backup. -1 + problem: it is not there yet, or there is none. */
static int index_of(const struct shelf *shelf, json_int_t at, unsigned *ret, struct problem *problem)
{
    if (at < 0 || (size_t)at >= shelf->n || shelf->all[at].state != SHELVED_READ)
        return problem_set(problem, "not-read", "backup", "this backup has not been read yet");
    *ret = shelf->all[at].index;
    return 0;
}

static int is_name(const struct shelf *shelf, json_int_t name, struct problem *problem)
{
    return name >= 0 && name < shelf->versions.n_names
               ? 0
               : problem_set(problem, "not-found", "name", "there is no such name");
}

static int number(const json_t *body, const char *name, json_int_t *ret, struct problem *problem)
{
    const json_t *value = json_object_get(body, name);
    if (!json_is_integer(value))
        return problem_set(problem, "bad-field", name, "%s is a number", name);
    *ret = json_integer_value(value);
    return 0;
}

/* A folder of a backup */

static json_t *row_of(const struct versions *versions, uint32_t name, const struct version *version)
{
    const struct name *of = &versions->names[name];
    bool is_text;
    json_t *row = json_object(), *text = shown_text(of->text, of->bytes, &is_text);
    json_object_set_new(row, "id", json_integer(name));
    json_object_set_new(row, "name", text);
    json_object_set_new(row, "versions", json_integer(versions_count(versions, name)));
    shown_version(version, row);
    return row;
}

/* Folders on the way, from the root on. */
static json_t *way_to(const struct versions *versions, uint32_t name)
{
    json_t *way = json_array();
    for (; name != VERSIONS_ROOT; name = versions->names[name].parent) {
        bool is_text;
        json_t *text = shown_text(versions->names[name].text, versions->names[name].bytes, &is_text);
        json_array_insert_new(way, 0, json_pack("{sI so}", "id", (json_int_t)name, "name", text));
    }
    return way;
}

static json_t *list(struct answers *answers, const json_t *body, struct problem *problem)
{
    const struct versions *versions = &answers->shelf->versions;
    json_int_t at = 0, folder = 0, from = 0, n = 0;
    unsigned backup = 0;
    if (number(body, "backup", &at, problem) || number(body, "folder", &folder, problem) ||
        number(body, "from", &from, problem) || index_of(answers->shelf, at, &backup, problem) ||
        is_name(answers->shelf, folder, problem))
        return NULL;
    json_t *rows = json_array();
    for (uint32_t one = versions->names[folder].child; one != VERSIONS_NONE; one = versions->names[one].next) {
        const struct version *version = versions_in(versions, one, backup);
        if (version && n++ >= from && n <= from + ANSWER_ROWS_MAX)
            json_array_append_new(rows, row_of(versions, one, version));
    }
    return json_pack("{so sI so}", "way", way_to(versions, (uint32_t)folder), "count", n, "rows", rows);
}

/* A name in all of them */

/* What is left behind what was asked for last; `next` goes on from there. */
static json_t *find(struct answers *answers, const json_t *body, struct problem *problem)
{
    const struct versions *versions = &answers->shelf->versions;
    const char *pattern = json_string_value(json_object_get(body, "pattern"));
    json_int_t behind = 0;
    if (!pattern || !*pattern || strlen(pattern) >= PATTERN_BYTES) {
        problem_set(problem, "bad-field", "pattern", "a pattern has 1 to %d bytes", PATTERN_BYTES - 1);
        return NULL;
    }
    if (number(body, "behind", &behind, problem) || is_name(answers->shelf, behind, problem))
        return NULL;
    json_t *rows = json_array();
    uint32_t one = versions_find(versions, pattern, (uint32_t)behind);
    for (; one != VERSIONS_NONE && json_array_size(rows) < ANSWER_ROWS_MAX;
         one = versions_find(versions, pattern, one)) {
        json_t *row = json_pack("{sI so sI}", "id", (json_int_t)one, "path", shown_path(versions, one), "versions",
            (json_int_t)versions_count(versions, one));
        shown_version(versions_first(versions, one), row);
        json_array_append_new(rows, row);
    }
    return json_pack("{so sb}", "rows", rows, "more", one != VERSIONS_NONE);
}

static json_t *history(struct answers *answers, const json_t *body, struct problem *problem)
{
    const struct versions *versions = &answers->shelf->versions;
    json_int_t name = 0;
    if (number(body, "id", &name, problem) || is_name(answers->shelf, name, problem))
        return NULL;
    json_t *rows = json_array();
    for (uint32_t at = versions->names[name].versions;
         at != VERSIONS_NONE && json_array_size(rows) < ANSWER_ROWS_MAX; at = versions->all[at].next) {
        json_t *row = json_object();
        shown_version(&versions->all[at], row);
        json_array_append_new(rows, row);
    }
    return json_pack("{so so so}", "path", shown_path(versions, (uint32_t)name), "way",
        way_to(versions, versions->names[name].parent == VERSIONS_NONE ? VERSIONS_ROOT : versions->names[name].parent),
        "rows", rows);
}

static void free_paths(char **paths, size_t n)
{
    while (n)
        free(paths[--n]);
}

/* Paths, to the byte, of names that stand in a backup; none: all of it. -1 + problem. */
static int chosen(struct answers *answers, const json_t *body, size_t *ret_backup, char **paths, size_t *ret_n,
    struct problem *problem)
{
    static char path[NODE_PATH_BYTES];
    const struct versions *versions = &answers->shelf->versions;
    const json_t *ids = json_object_get(body, "ids");
    size_t n = json_array_size(ids);
    json_int_t at = 0;
    unsigned backup = 0;
    if (number(body, "backup", &at, problem) || index_of(answers->shelf, at, &backup, problem))
        return -1;
    if (!json_is_array(ids) || n > BRINGING_PATHS_MAX)
        return problem_set(problem, "too-many", "ids",
            "at most %d are chosen at a time: choose the folders that they are in", BRINGING_PATHS_MAX);
    for (size_t i = 0; i < n; i++) {
        json_int_t name = json_integer_value(json_array_get(ids, i));
        if (is_name(answers->shelf, name, problem) || !versions_in(versions, (uint32_t)name, backup) ||
            !versions_path(versions, (uint32_t)name, path) || !(paths[i] = strdup(path))) {
            free_paths(paths, i);
            return problem_set(problem, "not-found", "ids", "what was chosen is not in this backup");
        }
    }
    *ret_backup = (size_t)at;
    *ret_n = n;
    return 0;
}

/* As a document has them; of those that are no text, how many there are. */
static json_t *paths(struct answers *answers, const json_t *body, struct problem *problem)
{
    char *found[BRINGING_PATHS_MAX];
    size_t backup = 0, n = 0;
    json_int_t odd = 0;
    if (chosen(answers, body, &backup, found, &n, problem))
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        bool is_text;
        json_t *text = shown_text(found[i], strlen(found[i]), &is_text);
        if (is_text && strlen(found[i]) < SHOWN_PATH_BYTES)
            json_array_append_new(list, json_sprintf("/%s", json_string_value(text)));
        else
            odd++;
        json_decref(text);
    }
    free_paths(found, n);
    return json_pack("{so sI}", "paths", list, "odd", odd);
}

static int whole_path(const struct answers *answers, const char *to, char ret[PATH_MAX], struct problem *problem)
{
    int length = *to == '/' ? snprintf(ret, PATH_MAX, "%s", to) : snprintf(ret, PATH_MAX, "%s/%s", answers->from, to);
    return length < PATH_MAX ? 0 : problem_set(problem, "too-long", "to", "the folder's path is too long");
}

static json_t *bring(struct answers *answers, const json_t *body, struct problem *problem)
{
    const char *to = json_string_value(json_object_get(body, "to"));
    char *found[BRINGING_PATHS_MAX], folder[PATH_MAX];
    size_t backup = 0, n = 0;
    if (!to || !*to) {
        problem_set(problem, "bad-field", "to", "into which folder?");
        return NULL;
    }
    if (whole_path(answers, to, folder, problem) || chosen(answers, body, &backup, found, &n, problem) ||
        bringing_start(answers->bringing, answers->shelf->all[backup].commit.backup, found, n, folder, problem))
        return NULL;
    return json_object();
}

static json_t *stop(struct answers *answers, const json_t *body, struct problem *problem)
{
    (void)body, (void)problem;
    bringing_stop(answers->bringing);
    return json_object();
}

int answers_take(void *arg, const char *what, const json_t *body, json_t **ret_reply, enum page_step *ret_step,
    struct problem *problem)
{
    static const struct {
        const char *what;
        json_t *(*answer)(struct answers *, const json_t *body, struct problem *);
    } asks[] = { { "state", state }, { "list", list }, { "find", find }, { "history", history }, { "paths", paths },
        { "bring", bring }, { "stop", stop } };
    struct answers *answers = arg;
    (void)ret_step;
    for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
        if (strcmp(what, asks[i].what))
            continue;
        pthread_mutex_lock(&answers->shelf->lock);
        *ret_reply = asks[i].answer(answers, body, problem);
        pthread_mutex_unlock(&answers->shelf->lock);
        return *ret_reply ? 0 : -1;
    }
    return problem_set(problem, "not-found", "", "this page shows backups and brings files back");
}
