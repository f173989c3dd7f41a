#include "agent/work/loading.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/place.h"
#include "agent/work/work.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/problem.h"

/* *ret_freeze: it may be a freeze, or is one, which holds whatever else is wrong with it. */
static struct held *load_one(const struct work *work, const char *name, bool *ret_freeze, struct problem *problem)
{
    char path[sizeof(DOCUMENTS_DIR) + DOCUMENT_ID_BYTES + 1], *text;
    struct signers signers;
    size_t bytes;
    *ret_freeze = true;
    snprintf(path, sizeof(path), DOCUMENTS_DIR "/%.32s", name);
    if (file_read_secret(path, HELD_LIMIT_BYTES, &text, &bytes, problem))
        return NULL;
    struct held *held = held_parse(text, bytes, problem);
    free(text);
    /* What a later version of us understood is none. */
    *ret_freeze = held ? held_head(held)->kind == DOCUMENT_KIND_FREEZE : strcmp(problem->code, "unknown-kind");
    if (!held)
        return NULL;
    if (strcmp(held_head(held)->document, name) || progress_load(name, &held->progress, problem) ||
        held->progress.version != held_head(held)->version) {
        problem_set(problem, "bad-state", path, "%s and its progress do not belong together", path);
        held_free(held);
        return NULL;
    }
    if (!verify_signers(&held->dsse, work->knowledge.trust, TRUST_NONE_REVOKED, &signers, NULL))
        signers_text(&signers, work->knowledge.trust, held->signers, sizeof(held->signers));
    return held;
}

static int by_age(const void *a, const void *b)
{
    const struct held *const *one = a, *const *other = b;
    int64_t apart = (*one)->progress.since_ms - (*other)->progress.since_ms;
    return apart < 0 ? -1 : apart > 0;
}

static void take_in(struct work *work, const char *name)
{
    struct problem problem;
    bool freeze;
    if (strspn(name, "0123456789abcdef") != DOCUMENT_ID_BYTES - 1 || strlen(name) != DOCUMENT_ID_BYTES - 1)
        return;
    struct held *held = load_one(work, name, &freeze, &problem);
    if (held) {
        work->held[work->n_held++] = held;
        return;
    }
    work->n_unread++;
    work->unread_freeze = work->unread_freeze || freeze;
    log_problem(LOG_LEVEL_ERROR, "work.document-not-read", &problem);
}

/* One that cannot be read is left out and told; the others go on. */
static int load_documents(struct work *work, struct problem *problem)
{
    DIR *folder = opendir(DOCUMENTS_DIR);
    struct dirent *entry = NULL;
    bool whole = folder;
    while (whole && work->n_held < HELD_MAX && (errno = 0, entry = readdir(folder)))
        take_in(work, entry->d_name);
    whole = whole && (entry || !errno);
    if (!whole)
        problem_errno(problem, "bad-state", DOCUMENTS_DIR, "cannot read %s", DOCUMENTS_DIR);
    if (folder)
        closedir(folder);
    qsort(work->held, work->n_held, sizeof(*work->held), by_age);
    return whole ? 0 : -1;
}

int loading_load(struct work *work, struct problem *problem)
{
    if (knowledge_load(&work->knowledge, problem))
        return -1;
    work->post = post_open(work->state, work->knowledge.trust, work->knowledge.home.deployment, problem);
    if (!work->post)
        return -1;
    return load_documents(work, problem);
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
