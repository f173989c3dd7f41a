#include "lib/signed/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"

static void *at(void *decoded, size_t offset)
{
    return (char *)decoded + offset;
}

const struct member *form_member(const struct part *part, const char *name)
{
    for (size_t i = 0; i < part->n_members; i++) {
        if (!strcmp(part->members[i].name, name))
            return &part->members[i];
    }
    return NULL;
}

/* A problem deep within a document names the way to it: people[0].keys[1].origin. */
static void within(struct problem *problem, const struct member *member, size_t index)
{
    char path[256];
    if (!problem)
        return;
    bool its_own = !strcmp(problem->field, member->name) || !*problem->field;
    int length = member->most ? snprintf(path, sizeof(path), "%s[%zu]", member->name, index)
                              : snprintf(path, sizeof(path), "%s", member->name);
    if (!its_own)
        snprintf(path + length, sizeof(path) - (size_t)length, ".%s", problem->field);
    path[sizeof(problem->field) - 1] = '\0';
    strcpy(problem->field, path);
}

static int decode_part(const struct part *, const json_t *, void *, struct problem *);

/* One element, into place: the bytes of a value of a list, or of a part's struct. */
static int decode_one(const struct member *member, const json_t *json, void *place, struct problem *problem)
{
    if (member->part)
        return decode_part(member->part, json, place, problem);
    return message_decode_field(member->field, json, place, problem);
}

/* Of a value in C; the types that documents have lists of. */
static size_t size_of(const struct member *member)
{
    return member->part ? member->part->size : sizeof(const char *);
}

static int decode_list(const struct member *member, const json_t *json, void *decoded, struct problem *problem)
{
    size_t n = json_array_size(json);
    if (!json_is_array(json) || !n || n > member->most)
        return problem_set(
            problem, "bad-field", member->name, "%s must be a list of 1 to %zu", member->name, member->most);
    char *list = calloc(n, size_of(member));
    if (!list)
        return problem_set(problem, "no-memory", "", "no memory for a document");
    /* Hung in at once, so that form_free finds what a failure leaves. */
    *(char **)at(decoded, member->offset) = list;
    *(size_t *)at(decoded, member->offset_n) = n;
    for (size_t i = 0; i < n; i++) {
        if (decode_one(member, json_array_get(json, i), list + i * size_of(member), problem)) {
            within(problem, member, i);
            return -1;
        }
    }
    return 0;
}

static int decode_member(const struct member *member, const json_t *json, void *decoded, struct problem *problem)
{
    if (!member->part && !member->most)
        return message_decode_field(member->field, json, decoded, problem);
    if (!json)
        return member->optional ? 0
                                : problem_set(problem, "missing-field", member->name, "%s is missing", member->name);
    if (member->most)
        return decode_list(member, json, decoded, problem);
    void *part = calloc(1, member->part->size);
    if (!part)
        return problem_set(problem, "no-memory", "", "no memory for a document");
    *(void **)at(decoded, member->offset) = part;
    int error = decode_part(member->part, json, part, problem);
    if (error)
        within(problem, member, 0);
    return error;
}

static int decode_part(const struct part *part, const json_t *json, void *decoded, struct problem *problem)
{
    const char *name;
    json_t *value;
    if (!json_is_object(json))
        return problem_set(problem, "bad-field", "", "%s must be an object", part->name);
    json_object_foreach((json_t *)json, name, value)
    {
        /* null would be a second way to leave something out: what is signed says a thing in one way. */
        if (!form_member(part, name) || json_is_null(value))
            return problem_set(problem, "unknown-field", name, "%s has no such member", part->name);
    }
    for (size_t i = 0; i < part->n_members; i++) {
        const struct member *member = &part->members[i];
        if (decode_member(member, json_object_get(json, member->name), decoded, problem))
            return -1;
    }
    return 0;
}

int form_decode(const struct part *part, const json_t *json, void *ret, struct problem *problem)
{
    void *decoded = calloc(1, part->size);
    if (!decoded)
        return problem_set(problem, "no-memory", "", "no memory for a document");
    int error = decode_part(part, json, decoded, problem);
    if (error)
        form_free(part, decoded);
    else
        memcpy(ret, decoded, part->size);
    free(decoded);
    return error;
}

void form_free(const struct part *part, void *decoded)
{
    for (size_t i = 0; i < part->n_members; i++) {
        const struct member *member = &part->members[i];
        if (!member->part && !member->most)
            continue;
        char *held = *(char **)at(decoded, member->offset);
        size_t n = member->most ? *(size_t *)at(decoded, member->offset_n) : 1;
        for (size_t j = 0; held && member->part && j < n; j++)
            form_free(member->part, held + j * member->part->size);
        free(held);
    }
}
