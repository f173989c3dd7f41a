#include "lib/signed/document.h"

#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/signed/form.h"
#include "lib/signed/rules.h"

static const struct part *part_of(const struct document *document)
{
    return kind_rows[document->body.head.kind].body;
}

static int decode(json_t *json, int kind, struct document *ret, struct problem *problem)
{
    struct document document = { .json = json };
    if (form_decode(kind_rows[kind].body, json, &document.body, problem))
        return -1;
    if (document.body.head.kind != kind || rules_check(&document, problem)) {
        int said = document.body.head.kind;
        form_free(kind_rows[kind].body, &document.body);
        return said == kind ? -1
                            : problem_set(problem, "bad-document", "kind", "it is signed as %s and says that it is %s",
                                  document_kind_words[kind], document_kind_words[said]);
    }
    *ret = document;
    return 0;
}

int document_parse(const struct dsse *dsse, struct document *ret, struct problem *problem)
{
    json_t *json = message_parse(dsse->payload, dsse->payload_bytes, problem);
    int error = json ? decode(json, dsse->kind, ret, problem) : -1;
    if (error)
        json_decref(json);
    return error;
}

int document_open(const char *envelope, struct document *ret, struct problem *problem)
{
    struct dsse dsse;
    if (dsse_parse(envelope, strlen(envelope), &dsse, problem))
        return -1;
    int error = document_parse(&dsse, ret, problem);
    dsse_free(&dsse);
    return error;
}

int document_open_kind(
    const char *envelope, enum document_kind kind, struct document *ret, struct problem *problem)
{
    struct document document;
    if (document_open(envelope, &document, problem))
        return -1;
    if (document.body.head.kind != (int)kind) {
        document_free(&document);
        return problem_set(problem, "bad-document", "kind", "this is no %s", document_kind_words[kind]);
    }
    *ret = document;
    return 0;
}

int document_read(const char *payload, size_t bytes, struct document *ret, struct problem *problem)
{
    if (bytes > DSSE_PAYLOAD_BYTES)
        return problem_set(problem, "too-large", "", "a document has at most %d bytes", DSSE_PAYLOAD_BYTES);
    json_t *json = message_parse(payload, bytes, problem);
    if (!json)
        return -1;
    const char *said = json_string_value(json_object_get(json, "kind"));
    int kind = said ? word_index(document_kind_words, said) : -1;
    int error = kind < 0
                    ? problem_set(problem, "unknown-kind", "kind", "it says no kind of document that is known here")
                    : decode(json, kind, ret, problem);
    if (error)
        json_decref(json);
    return error;
}

void document_free(struct document *document)
{
    if (!document || !document->json)
        return;
    form_free(part_of(document), &document->body);
    json_decref(document->json);
    *document = (struct document){ 0 };
}

static const void *find(const struct document *document, const char *name, const struct member **ret)
{
    const struct member *member = form_member(part_of(document), name);
    *ret = member;
    return member && !member->field ? (const char *)&document->body + member->offset : NULL;
}

static const char *find_text(const struct document *document, const char *name)
{
    const struct member *member = form_member(part_of(document), name);
    return member ? *(const char *const *)((const char *)&document->body + member->field->offset) : NULL;
}

void document_scope(const struct document *document, struct document_scope *ret)
{
    const struct member *targets, *fresh = form_member(part_of(document), "fresh_within_s");
    const void *place = find(document, "targets", &targets);
    *ret = (struct document_scope){ .tenant = find_text(document, "tenant"), .site = find_text(document, "site") };
    if (place) {
        ret->targets = *(const struct document_target *const *)place;
        ret->n_targets = *(const size_t *)((const char *)&document->body + targets->offset_n);
    }
    if (fresh && message_has(fresh->field, &document->body))
        ret->fresh_within_s = *(const uint32_t *)((const char *)&document->body + fresh->field->offset);
}

bool document_is_for(const struct document *document, const char *fingerprint, const char *tenant, const char *site)
{
    struct document_scope scope;
    document_scope(document, &scope);
    for (size_t i = 0; i < scope.n_targets; i++) {
        if (!strcmp(scope.targets[i].fingerprint, fingerprint))
            return true;
    }
    if (scope.n_targets)
        return false;
    if (!scope.tenant)
        return true;
    return tenant && !strcmp(scope.tenant, tenant) && (!scope.site || (site && !strcmp(scope.site, site)));
}

bool document_same(const struct document_head *a, const struct document_head *b)
{
    bool both_freeze = (a->kind == DOCUMENT_KIND_FREEZE || a->kind == DOCUMENT_KIND_UNFREEZE) &&
                       (b->kind == DOCUMENT_KIND_FREEZE || b->kind == DOCUMENT_KIND_UNFREEZE);
    return (a->kind == b->kind || both_freeze) && !strcmp(a->document, b->document);
}
