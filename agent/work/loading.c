#include "agent/work/loading.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/place.h"
#include "agent/work/work.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/problem.h"

static struct held *load_one(const struct work *work, const char *name, struct problem *problem)
{
    char path[sizeof(DOCUMENTS_DIR) + DOCUMENT_ID_BYTES + 1], *text;
    struct signers signers;
    size_t bytes;
    snprintf(path, sizeof(path), DOCUMENTS_DIR "/%.32s", name);
    if (file_read_secret(path, HELD_LIMIT_BYTES, &text, &bytes, problem))
        return NULL;
    struct held *held = held_parse(text, bytes, problem);
    free(text);
    if (!held)
        return NULL;
    if (strcmp(held_head(held)->document, name) || progress_load(name, &held->progress, problem) ||
        held->progress.version != held_head(held)->version) {
        problem_set(problem, "bad-state", path, "%s and its progress do not belong together", path);
        held_free(held);
        return NULL;
    }
    if (!verify_signers(&held->dsse, work->knowledge.trust, NULL, &signers, NULL))
        signers_text(&signers, work->knowledge.trust, held->signers, sizeof(held->signers));
    return held;
}

static int by_age(const void *a, const void *b)
{
    const struct held *const *one = a, *const *other = b;
    int64_t apart = (*one)->progress.since_ms - (*other)->progress.since_ms;
    return apart < 0 ? -1 : apart > 0;
}

/* One that cannot be read is left out and told; the others go on. */
static void load_documents(struct work *work)
{
    DIR *folder = opendir(DOCUMENTS_DIR);
    for (struct dirent *entry; folder && work->n_held < HELD_MAX && (entry = readdir(folder));) {
        struct problem problem;
        if (strspn(entry->d_name, "0123456789abcdef") != DOCUMENT_ID_BYTES - 1 ||
            strlen(entry->d_name) != DOCUMENT_ID_BYTES - 1)
            continue;
        struct held *held = load_one(work, entry->d_name, &problem);
        if (held) {
            work->held[work->n_held++] = held;
        } else {
            work->n_unread++;
            log_problem(LOG_LEVEL_ERROR, "work.document-not-read", &problem);
        }
    }
    if (folder)
        closedir(folder);
    qsort(work->held, work->n_held, sizeof(*work->held), by_age);
}

int loading_load(struct work *work, struct problem *problem)
{
    if (knowledge_load(&work->knowledge, problem))
        return -1;
    work->post = post_open(work->state, work->knowledge.trust, work->knowledge.home.deployment, problem);
    if (!work->post)
        return -1;
    load_documents(work);
    return 0;
}

struct held *work_find(struct work *work, const char *document)
{
    for (size_t i = 0; i < work->n_held; i++) {
        if (!strcmp(held_head(work->held[i])->document, document))
            return work->held[i];
    }
    return NULL;
}

void work_drop(struct work *work, struct held *held)
{
    size_t i = 0;
    while (work->held[i] != held)
        i++;
    memmove(&work->held[i], &work->held[i + 1], (work->n_held - i - 1) * sizeof(*work->held));
    work->n_held--;
    held_remove(held_head(held)->document);
    progress_remove(held_head(held)->document);
    held_free(held);
}
