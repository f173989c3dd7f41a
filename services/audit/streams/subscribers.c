#include "services/audit/streams/subscribers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "services/audit/streams/subscriber_records.h"

struct subscribers {
    struct db *db;
    struct subscriber rows[SUBSCRIBERS_MAX]; /* by number */
    size_t n;
};

struct subscribers *subscribers_open(const char *path, struct problem *problem)
{
    struct subscribers *subscribers = calloc(1, sizeof(*subscribers));
    if (!subscribers) {
        problem_set(problem, "no-memory", path, "no memory");
        return NULL;
    }
    subscribers->db = subscriber_records_open(path, problem);
    if (!subscribers->db ||
        subscriber_records_load(subscribers->db, subscribers->rows, SUBSCRIBERS_MAX, &subscribers->n, problem)) {
        subscribers_free(subscribers);
        return NULL;
    }
    return subscribers;
}

void subscribers_free(struct subscribers *subscribers)
{
    if (!subscribers)
        return;
    if (subscribers->db) {
        subscribers_write(subscribers, NULL);
        db_close(subscribers->db);
    }
    free(subscribers);
}

/* Room for one more: one that was revoked, the first added, is forgotten if it takes that. */
static int make_room(struct subscribers *subscribers, struct problem *problem)
{
    size_t i = 0;
    if (subscribers->n < SUBSCRIBERS_MAX)
        return 0;
    while (i < subscribers->n && !subscribers->rows[i].revoked_ms)
        i++;
    if (i == subscribers->n)
        return problem_set(problem, "too-many", "", "there are %d subscribers already", SUBSCRIBERS_MAX);
    if (subscriber_records_forget(subscribers->db, subscribers->rows[i].number, problem))
        return -1;
    subscribers->n--;
    memmove(&subscribers->rows[i], &subscribers->rows[i + 1], (subscribers->n - i) * sizeof(*subscribers->rows));
    return 0;
}

static int check_new(const struct subscribers *subscribers, const char *name, const char *key, struct problem *problem)
{
    for (size_t i = 0; i < subscribers->n; i++) {
        const struct subscriber *other = &subscribers->rows[i];
        if (!strcmp(other->key, key))
            return problem_set(problem, "key-known", "public_key", "this key was added before, as \"%s\"", other->name);
        if (!other->revoked_ms && !strcmp(other->name, name))
            return problem_set(problem, "name-taken", "name", "there is a subscriber \"%s\" already", name);
    }
    return 0;
}

const struct subscriber *subscribers_add(struct subscribers *subscribers, const char *name, const char *key,
    const struct grant *grant, const uint64_t heads[CLASS_COUNT], int64_t now_ms, struct problem *problem)
{
    struct subscriber added = { .grant = *grant, .created_ms = now_ms };
    if (check_new(subscribers, name, key, problem) || make_room(subscribers, problem))
        return NULL;
    snprintf(added.name, sizeof(added.name), "%s", name);
    snprintf(added.key, sizeof(added.key), "%s", key);
    for (int class = 0; class < CLASS_COUNT; class ++)
        added.cursor[class] = grant->classes & 1u << class ? heads[class] : 0;
    if (subscriber_records_add(subscribers->db, &added, problem))
        return NULL;
    subscribers->rows[subscribers->n] = added;
    return &subscribers->rows[subscribers->n++];
}

int subscribers_revoke(struct subscribers *subscribers, uint32_t number, int64_t now_ms, struct problem *problem)
{
    for (size_t i = 0; i < subscribers->n; i++) {
        struct subscriber *subscriber = &subscribers->rows[i];
        if (subscriber->number != number)
            continue;
        if (subscriber->revoked_ms)
            return 0;
        /* It is over now, even if the disk has to be asked again. */
        subscriber->revoked_ms = now_ms;
        subscriber->moved = true;
        return subscribers_write(subscribers, problem);
    }
    return problem_set(problem, "no-such-subscriber", "subscriber", "there is no subscriber %u", number);
}

struct subscriber *subscribers_by_key(struct subscribers *subscribers, const char *key)
{
    for (size_t i = 0; i < subscribers->n; i++) {
        if (!subscribers->rows[i].revoked_ms && !strcmp(subscribers->rows[i].key, key))
            return &subscribers->rows[i];
    }
    return NULL;
}

struct subscriber *subscribers_by_number(struct subscribers *subscribers, uint32_t number)
{
    for (size_t i = 0; i < subscribers->n; i++) {
        if (!subscribers->rows[i].revoked_ms && subscribers->rows[i].number == number)
            return &subscribers->rows[i];
    }
    return NULL;
}

const struct subscriber *subscribers_all(const struct subscribers *subscribers, size_t *ret_n)
{
    *ret_n = subscribers->n;
    return subscribers->rows;
}

int subscribers_write(struct subscribers *subscribers, struct problem *problem)
{
    return subscriber_records_write(subscribers->db, subscribers->rows, subscribers->n, problem);
}
