#include "agent/watch/definitions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/signed/form.h"
#include "lib/signed/watched.h"

static struct threshold threshold_of(bool set, uint64_t enter, bool has_clear, uint64_t clear)
{
    return (struct threshold){ .set = set, .enter = enter * 1000, .clear = (has_clear ? clear : enter) * 1000 };
}

static struct rule rule_of(const struct document_watched *watch)
{
    return (struct rule){
        .side = watch->has_side ? (enum side)watch->side : (enum side)watch_rows[watch->kind].side,
        .warning = threshold_of(watch->has_warning, watch->warning, watch->has_warning_clear, watch->warning_clear),
        .critical =
            threshold_of(watch->has_critical, watch->critical, watch->has_critical_clear, watch->critical_clear),
        .after_samples = watch->has_after_samples ? watch->after_samples : 1,
        .clear_samples = watch->has_clear_samples ? watch->clear_samples : 1,
        .after_ms = watch->has_after_s ? (int64_t)watch->after_s * 1000 : 0,
    };
}

/* In the one document that is given, else in any. */
static int find(const struct definitions *all, const char *document, const char *name)
{
    for (size_t i = 0; i < all->n; i++) {
        if (!strcmp(all->items[i].watch.name, name) && (!document || !strcmp(all->items[i].document, document)))
            return (int)i;
    }
    return -1;
}

static int add(struct definitions *all, const char *document, struct document_watched *watch, struct problem *problem)
{
    if (all->n == WATCHES_MAX || find(all, NULL, watch->name) >= 0) {
        all->left_out++;
        form_free(watched_part(), watch);
        return 0;
    }
    struct definition *one = &all->items[all->n];
    *one = (struct definition){
        .watch = *watch,
        .rule = rule_of(watch),
        .has_windows = watch->windows,
        .every_ms = 1000 * (int64_t)(watch->has_every_s ? watch->every_s : watch_rows[watch->kind].every_s),
        .depends_on = watch->depends_on ? find(all, document, watch->depends_on) : -1,
    };
    snprintf(one->document, sizeof(one->document), "%s", document);
    all->n++;
    if (watch->windows && hours_parse(watch->windows, &one->windows))
        return problem_set(problem, "bad-watches", "windows", "%.100s is no list of windows", watch->windows);
    return 0;
}

/* They are checked together, as they were signed; from there on the definitions own those that were added. */
static int add_watches(struct definitions *all, const char *document, const json_t *list, struct problem *problem)
{
    size_t n = json_array_size(list), decoded = 0, added = 0;
    struct document_watched *watches = calloc(n + 1, sizeof(*watches));
    int error = watches ? 0 : problem_set(problem, "no-memory", "", "no memory for watches");
    while (!error && decoded < n) {
        error = form_decode(watched_part(), json_array_get(list, decoded), &watches[decoded], problem);
        decoded += !error;
    }
    error = error || watched_check(watches, n, problem) ? -1 : 0;
    while (!error && added < n)
        error = add(all, document, &watches[added++], problem);
    for (size_t i = added; i < decoded; i++)
        form_free(watched_part(), &watches[i]);
    free(watches);
    return error;
}

static int bad(struct problem *problem, const char *field)
{
    return problem_set(problem, "bad-watches", field, "%s is not as it must be", field);
}

static int add_document(struct definitions *all, const json_t *document, struct problem *problem)
{
    const char *id = json_string_value(json_object_get(document, "document"));
    const json_t *list = json_object_get(document, "watches");
    if (json_object_size(document) != 3 || !json_is_integer(json_object_get(document, "version")))
        return bad(problem, "documents");
    if (!id || strlen(id) != DOCUMENT_ID_BYTES - 1 || strspn(id, "0123456789abcdef") != DOCUMENT_ID_BYTES - 1)
        return bad(problem, "document");
    if (!json_is_array(list))
        return bad(problem, "watches");
    return add_watches(all, id, list, problem);
}

int definitions_parse(const char *text, size_t bytes, struct definitions *ret, struct problem *problem)
{
    size_t i;
    const json_t *document;
    struct definitions all = { .json = message_parse(text, bytes, problem) };
    if (!all.json)
        return -1;
    all.items = calloc(WATCHES_MAX, sizeof(*all.items));
    const json_t *documents = json_object_get(all.json, "documents");
    int error = all.items ? 0 : problem_set(problem, "no-memory", "", "no memory for watches");
    if (!error && (json_object_size(all.json) != 1 || !json_is_array(documents)))
        error = bad(problem, "documents");
    json_array_foreach((json_t *)documents, i, document)
        error = error || add_document(&all, document, problem) ? -1 : 0;
    if (error)
        definitions_free(&all);
    else
        *ret = all;
    return error;
}

int definitions_load(const char *path, struct definitions *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    int status = file_read_if_any(path, WATCHES_BYTES, &text, &bytes, problem);
    if (status > 0)
        *ret = (struct definitions){ 0 };
    if (status)
        return status > 0 ? 0 : -1;
    int error = definitions_parse(text, bytes, ret, problem);
    free(text);
    return error;
}

void definitions_free(struct definitions *all)
{
    for (size_t i = 0; i < all->n; i++)
        form_free(watched_part(), &all->items[i].watch);
    free(all->items);
    json_decref(all->json);
    *all = (struct definitions){ 0 };
}
