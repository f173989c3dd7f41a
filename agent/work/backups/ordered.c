#include "agent/work/backups/ordered.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/work/place.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/problem.h"

static const char *const step_words[] = { "taken", "begun", "ended", "told", NULL };

struct ordered *ordered_new(const char *text, struct problem *problem)
{
    struct ordered *ordered = calloc(1, sizeof(*ordered));
    char *copy = strdup(text);
    if (!ordered || !copy)
        problem_set(problem, "no-memory", "", "no memory for an order");
    if (ordered && copy && !order_parse(text, strlen(text), &ordered->order, problem)) {
        ordered->text = copy;
        return ordered;
    }
    free(copy);
    free(ordered);
    return NULL;
}

void ordered_free(struct ordered *ordered)
{
    if (!ordered)
        return;
    order_free(&ordered->order);
    free(ordered->text);
    free(ordered);
}

static bool is_hash_or_none(const char *text)
{
    return !*text || (strlen(text) == 2 * SHA256_BYTES && strspn(text, "0123456789abcdef") == 2 * SHA256_BYTES);
}

static int take(json_t *json, struct ordered **ret, struct problem *problem)
{
    const char *text, *state, *end, *code, *reason, *commit;
    json_int_t tries, files, content, new, bytes;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:I}", "order",
            &text, "state", &state, "tries", &tries, "end", &end, "code", &code, "reason", &reason, "files", &files,
            "content", &content, "new", &new, "commit", &commit, "commit_bytes", &bytes) ||
        word_index(step_words, state) < 0 || word_index(backup_state_words, end) < 0 || tries < 0 ||
        tries > UINT16_MAX || files < 0 || content < 0 || new < 0 || bytes < 0 || bytes > UINT32_MAX ||
        strlen(code) >= SAID_CODE_BYTES || strlen(reason) >= SAID_REASON_BYTES || !is_hash_or_none(commit))
        return problem_set(problem, "bad-state", ORDERS_DIR, "not how far an order is");
    struct ordered *ordered = ordered_new(text, problem);
    if (!ordered)
        return -1;
    ordered->state = (enum ordered_state)word_index(step_words, state);
    ordered->end = word_index(backup_state_words, end);
    ordered->tries = (unsigned)tries;
    ordered->files = (uint64_t)files;
    ordered->content_bytes = (uint64_t)content;
    ordered->new_bytes = (uint64_t)new;
    ordered->commit_bytes = (uint32_t)bytes;
    strcpy(ordered->code, code);
    strcpy(ordered->reason, reason);
    strcpy(ordered->commit_sha256, commit);
    *ret = ordered;
    return 0;
}

struct ordered *ordered_parse(const char *text, size_t bytes, struct problem *problem)
{
    struct ordered *ordered = NULL;
    json_t *json = message_parse(text, bytes, problem);
    int error = json ? take(json, &ordered, problem) : -1;
    json_decref(json);
    return error ? NULL : ordered;
}

static void path_of(const char *backup, const char *ending, char ret[ORDERED_PATH_BYTES])
{
    snprintf(ret, ORDERED_PATH_BYTES, ORDERS_DIR "/%.32s%s", backup, ending);
}

void ordered_commit_path(const struct ordered *ordered, char ret[ORDERED_PATH_BYTES])
{
    path_of(ordered->order.body.backup, ".p7s", ret);
}

int ordered_save(const struct ordered *ordered, struct problem *problem)
{
    char path[ORDERED_PATH_BYTES];
    path_of(ordered->order.body.backup, "", path);
    json_t *json = json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:I}", "order", ordered->text, "state",
        step_words[ordered->state], "tries", (json_int_t)ordered->tries, "end", backup_state_words[ordered->end],
        "code", ordered->code, "reason", ordered->reason, "files", (json_int_t)ordered->files, "content",
        (json_int_t)ordered->content_bytes, "new", (json_int_t)ordered->new_bytes, "commit", ordered->commit_sha256,
        "commit_bytes", (json_int_t)ordered->commit_bytes);
    return json_file_write(path, json, JSON_COMPACT, 0600, problem);
}

void ordered_remove(const struct ordered *ordered)
{
    char path[ORDERED_PATH_BYTES];
    ordered_commit_path(ordered, path);
    unlink(path);
    path_of(ordered->order.body.backup, "", path);
    unlink(path);
}

static struct ordered *load_one(const char *name, struct problem *problem)
{
    char path[ORDERED_PATH_BYTES], *text;
    size_t bytes;
    path_of(name, "", path);
    if (file_read(path, ORDERED_FILE_BYTES, &text, &bytes, problem))
        return NULL;
    struct ordered *ordered = ordered_parse(text, bytes, problem);
    free(text);
    if (!ordered || !strcmp(ordered->order.body.backup, name))
        return ordered;
    problem_set(problem, "bad-state", path, "%s is of another order", path);
    ordered_free(ordered);
    return NULL;
}

size_t ordered_load_all(struct ordered *ret[ORDERED_MAX])
{
    DIR *folder = opendir(ORDERS_DIR);
    size_t n = 0;
    for (struct dirent *entry; folder && n < ORDERED_MAX && (entry = readdir(folder));) {
        struct problem problem;
        if (strspn(entry->d_name, "0123456789abcdef") != BACKUP_BYTES - 1 || entry->d_name[BACKUP_BYTES - 1])
            continue;
        ret[n] = load_one(entry->d_name, &problem);
        if (ret[n])
            n++;
        else
            log_problem(LOG_LEVEL_ERROR, "work.order-not-read", &problem);
    }
    if (folder)
        closedir(folder);
    return n;
}
