#include "agent/work/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/work/place.h"
#include "lib/calendar/zone.h"
#include "lib/json_file.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define PATH_BYTES (sizeof(DOCUMENTS_DIR) + DOCUMENT_ID_BYTES + 1)

const struct document_head *held_head(const struct held *held)
{
    return &held->document.body.head;
}

bool held_has_room(size_t n, enum document_kind kind)
{
    return n < (kind_rows[kind].needs & NEEDS_UNFROZEN ? HELD_MAX - HELD_STOPPING : HELD_MAX);
}

struct receipt held_receipt(const struct held *held)
{
    return (struct receipt){ held->entry, held->entry ? strlen(held->entry) : 0, held->receipt,
        held->receipt ? strlen(held->receipt) : 0 };
}

/* When it is due: a task by its calendar's and zone's words, else once. */
static int plan(struct held *held, struct problem *problem)
{
    const struct document_head *head = held_head(held);
    const struct document_schedule *schedule =
        head->kind == DOCUMENT_KIND_TASK ? held->document.body.task.schedule : NULL;
    held->plan.not_before_ms = head->not_before;
    held->plan.expires_ms = head->expires;
    held->plan.recurring = schedule != NULL;
    if (!schedule)
        return 0;
    held->plan.missed_once = schedule->missed == MISSED_ONCE;
    if (calendar_parse(schedule->calendar, &held->plan.calendar, problem))
        return -1;
    held->zone = zone_load(schedule->zone, problem);
    held->plan.zone = held->zone;
    return held->zone ? 0 : -1;
}

static int fill(struct held *held, const char *dsse, const char *entry, const char *receipt, struct problem *problem)
{
    held->text = strdup(dsse);
    held->entry = entry ? strdup(entry) : NULL;
    held->receipt = receipt ? strdup(receipt) : NULL;
    if (!held->text || (entry && !held->entry) || (receipt && !held->receipt))
        return problem_set(problem, "no-memory", "", "no memory for a document");
    if (dsse_parse(dsse, strlen(dsse), &held->dsse, problem) || document_parse(&held->dsse, &held->document, problem))
        return -1;
    return plan(held, problem);
}

struct held *held_read(const char *dsse, const char *entry, const char *receipt, struct problem *problem)
{
    struct held *held = calloc(1, sizeof(*held));
    if (!held) {
        problem_set(problem, "no-memory", "", "no memory for a document");
        return NULL;
    }
    if (!fill(held, dsse, entry, receipt, problem))
        return held;
    held_free(held);
    return NULL;
}

struct held *held_parse(const char *text, size_t bytes, struct problem *problem)
{
    const char *dsse, *entry = NULL, *receipt = NULL;
    struct held *held = NULL;
    json_t *json = message_parse(text, bytes, problem);
    if (json &&
        json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s?s, s?s}", "dsse", &dsse, "entry", &entry, "receipt", &receipt))
        problem_set(problem, "bad-state", DOCUMENTS_DIR, "not a document that is held");
    else if (json)
        held = held_read(dsse, entry, receipt, problem);
    json_decref(json);
    return held;
}

void held_free(struct held *held)
{
    if (!held)
        return;
    document_free(&held->document);
    dsse_free(&held->dsse);
    zone_free(held->zone);
    free(held->text);
    free(held->entry);
    free(held->receipt);
    free(held);
}

static void path_of(const char *document, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, DOCUMENTS_DIR "/%s", document);
}

int held_save(const struct held *held, struct problem *problem)
{
    char path[PATH_BYTES];
    path_of(held_head(held)->document, path);
    json_t *json = json_pack("{s:s}", "dsse", held->text);
    if (message_put(json, "entry", held->entry) || message_put(json, "receipt", held->receipt)) {
        json_decref(json);
        json = NULL;
    }
    return json_file_write(path, json, JSON_COMPACT, 0600, problem);
}

void held_remove(const char *document)
{
    char path[PATH_BYTES];
    path_of(document, path);
    unlink(path);
}
