#include "lib/repository/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/digits.h"
#include "lib/repository/zones.h"
#include "lib/wire.h"

#define STARTS 65536
/* In the key of an increment. */
#define INCREMENT_NUMBER_AT ((BACKUP_BYTES - 1) / 2)
#define INCREMENT_HASH_AT (INCREMENT_NUMBER_AT + sizeof(uint32_t))

void catalogue_free(struct catalogue *catalogue)
{
    free(catalogue->objects);
    free(catalogue->commits);
    free(catalogue->backups);
    free(catalogue->ends);
    free(catalogue->needs);
    free(catalogue->unread);
    free(catalogue->starts);
    *catalogue = (struct catalogue){ 0 };
}

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory for a catalogue of this size");
}

/* What a catalogue has many of. */
struct many {
    size_t bytes, most;
    const char *name;
};

/* Room for one more; by half, because large catalogues are what memory is spent on. */
static int make_room(const struct many *many, void **array, size_t count, size_t *room, struct problem *problem)
{
    if (count < *room)
        return 0;
    if (count >= many->most)
        return problem_set(
            problem, "too-many", "", "more than %zu %s are too many for a catalogue", many->most, many->name);
    size_t wanted = *room + *room / 2 + 64;
    void *grown = reallocarray(*array, wanted, many->bytes);
    if (!grown)
        return no_memory(problem);
    *array = grown;
    *room = wanted;
    return 0;
}

void catalogue_manifest_key(const char *backup, uint8_t ret[SHA256_BYTES])
{
    memset(ret, 0, SHA256_BYTES);
    digits_read(backup, ret, (BACKUP_BYTES - 1) / 2); /* it was read as such */
}

static int list_commit(struct catalogue *catalogue, const struct object_name *name, uint64_t bytes, int64_t stored_s,
    struct problem *problem)
{
    static const struct many commits = { sizeof(*catalogue->commits), RETENTION_BACKUPS_MAX, "commits" };
    if (make_room(&commits, (void **)&catalogue->commits, catalogue->n_commits, &catalogue->commits_room, problem))
        return -1;
    struct catalogue_commit *commit = &catalogue->commits[catalogue->n_commits++];
    *commit = (struct catalogue_commit){ .bytes = bytes, .stored_s = stored_s };
    memcpy(commit->backup, name->backup, sizeof(commit->backup));
    return 0;
}

static int list_object(
    struct catalogue *catalogue, const struct object_name *name, uint64_t bytes, struct problem *problem)
{
    static const struct many objects = { sizeof(*catalogue->objects), CATALOGUE_OBJECTS_MAX, "objects" };
    if (make_room(&objects, (void **)&catalogue->objects, catalogue->n_objects, &catalogue->objects_room, problem))
        return -1;
    struct catalogue_object *object = &catalogue->objects[catalogue->n_objects++];
    *object = (struct catalogue_object){
        .bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX,
        .kind = name->object,
    };
    if (name->object == OBJECT_SEGMENT)
        memcpy(object->key, name->sha256, sizeof(object->key));
    else
        catalogue_manifest_key(name->backup, object->key);
    if (name->object == OBJECT_INCREMENT) {
        wire_put_u32(object->key + INCREMENT_NUMBER_AT, name->number);
        memcpy(object->key + INCREMENT_HASH_AT, name->sha256, INCREMENT_HASH_BYTES);
    }
    return 0;
}

int catalogue_list(
    struct catalogue *catalogue, const char *name, uint64_t bytes, int64_t stored_s, struct problem *problem)
{
    struct object_name parsed;
    if (name_parse(name, &parsed) || parsed.agent != catalogue->agent) {
        catalogue->n_strangers++;
        return 0;
    }
    return parsed.object == OBJECT_COMMIT ? list_commit(catalogue, &parsed, bytes, stored_s, problem)
                                          : list_object(catalogue, &parsed, bytes, problem);
}

static int by_key(const void *a, const void *b)
{
    const struct catalogue_object *one = a, *other = b;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return memcmp(one->key, other->key, sizeof(one->key));
}

static int by_backup(const void *a, const void *b)
{
    const struct catalogue_commit *one = a, *other = b;
    return strcmp(one->backup, other->backup);
}

/* Sort, and keep one of equals. */
static size_t sort_once(void *array, size_t count, size_t bytes, int (*compare)(const void *, const void *))
{
    char *items = array;
    size_t kept = 0;
    if (count)
        qsort(items, count, bytes, compare);
    for (size_t i = 0; i < count; i++) {
        if (!kept || compare(items + (kept - 1) * bytes, items + i * bytes))
            memmove(items + kept++ * bytes, items + i * bytes, bytes);
    }
    return kept;
}

static unsigned start_of(const uint8_t *key)
{
    return (unsigned)key[0] << 8 | key[1];
}

/* Segments come first, because OBJECT_SEGMENT does. */
static void fill_starts(struct catalogue *catalogue)
{
    size_t at = 0;
    for (unsigned start = 0; start <= STARTS; start++) {
        while (at < catalogue->n_objects && catalogue->objects[at].kind == OBJECT_SEGMENT &&
               start_of(catalogue->objects[at].key) < start)
            at++;
        catalogue->starts[start] = (uint32_t)at;
    }
}

int catalogue_sort(struct catalogue *catalogue, struct problem *problem)
{
    catalogue->n_objects = sort_once(catalogue->objects, catalogue->n_objects, sizeof(*catalogue->objects), by_key);
    catalogue->n_commits = sort_once(catalogue->commits, catalogue->n_commits, sizeof(*catalogue->commits), by_backup);
    size_t count = catalogue->n_commits + 1;
    catalogue->backups = calloc(count, sizeof(*catalogue->backups));
    catalogue->ends = calloc(count, sizeof(*catalogue->ends));
    catalogue->unread = calloc(count, sizeof(*catalogue->unread));
    catalogue->starts = calloc(STARTS + 1, sizeof(*catalogue->starts));
    if (!catalogue->backups || !catalogue->ends || !catalogue->unread || !catalogue->starts)
        return no_memory(problem);
    fill_starts(catalogue);
    for (size_t i = 0; i < catalogue->n_objects; i++)
        catalogue->stored_bytes += catalogue->objects[i].bytes;
    for (size_t i = 0; i < catalogue->n_commits; i++)
        catalogue->stored_bytes += catalogue->commits[i].bytes;
    return 0;
}

/* The first object whose kind and key are not less. */
static size_t first_from(const struct catalogue *catalogue, const struct catalogue_object *wanted)
{
    bool segment = wanted->kind == OBJECT_SEGMENT;
    size_t low = catalogue->starts[segment ? start_of(wanted->key) : STARTS];
    size_t high = segment ? catalogue->starts[start_of(wanted->key) + 1] : catalogue->n_objects;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_key(&catalogue->objects[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t catalogue_find(const struct catalogue *catalogue, enum object kind, const uint8_t key[SHA256_BYTES])
{
    struct catalogue_object wanted = { .kind = kind };
    memcpy(wanted.key, key, SHA256_BYTES);
    size_t found = first_from(catalogue, &wanted);
    return found < catalogue->n_objects && !by_key(&catalogue->objects[found], &wanted) ? found : SIZE_MAX;
}

static int need(struct catalogue *catalogue, size_t object, struct problem *problem)
{
    static const struct many needs = { sizeof(*catalogue->needs), CATALOGUE_NEEDS_MAX, "objects that backups need" };
    if (make_room(&needs, (void **)&catalogue->needs, catalogue->n_needs, &catalogue->needs_room, problem))
        return -1;
    catalogue->needs[catalogue->n_needs++] = (uint32_t)object;
    return 0;
}

/* No commit lists a backup's increments, which come after it: they stay as long as it does. */
static int need_increments(struct catalogue *catalogue, const char *backup, struct problem *problem)
{
    struct catalogue_object wanted = { .kind = OBJECT_INCREMENT };
    catalogue_manifest_key(backup, wanted.key);
    for (size_t i = first_from(catalogue, &wanted); i < catalogue->n_objects; i++) {
        const struct catalogue_object *object = &catalogue->objects[i];
        if (object->kind != OBJECT_INCREMENT || memcmp(object->key, wanted.key, INCREMENT_NUMBER_AT))
            return 0;
        if (need(catalogue, i, problem))
            return -1;
    }
    return 0;
}

/* Find everything that the commit lists; whether all of it is there, in the sizes that it says. */
static int add_needs(struct catalogue *catalogue, const struct commit *commit, bool *ret_whole,
    uint64_t *ret_live_bytes, struct problem *problem)
{
    uint8_t manifest[SHA256_BYTES];
    catalogue_manifest_key(commit->backup, manifest);
    size_t found = catalogue_find(catalogue, OBJECT_MANIFEST, manifest);
    *ret_whole = found != SIZE_MAX && catalogue->objects[found].bytes == commit->manifest_bytes;
    *ret_live_bytes = 0;
    if ((found != SIZE_MAX && need(catalogue, found, problem)) || need_increments(catalogue, commit->backup, problem))
        return -1;
    for (size_t i = 0; i < commit->n_segments; i++) {
        const struct commit_segment *segment = &commit->segments[i];
        found = catalogue_find(catalogue, OBJECT_SEGMENT, segment->sha256);
        if (found == SIZE_MAX) {
            *ret_whole = false;
            continue;
        }
        uint32_t bytes = catalogue->objects[found].bytes;
        *ret_whole = *ret_whole && bytes == segment->bytes;
        *ret_live_bytes += segment->live_bytes < bytes ? segment->live_bytes : bytes;
        if (need(catalogue, found, problem))
            return -1;
    }
    return 0;
}

int catalogue_add(struct catalogue *catalogue, const struct catalogue_commit *listed, const struct commit *commit,
    const char *signer, const struct catalogue_reader *reader, struct problem *problem)
{
    const struct zone *zone = reader->zone;
    if (*commit->zone && zones_find(reader->zones, commit->zone, &zone, problem))
        return -1;
    struct retention_backup backup = {
        .class = commit->class,
        .slot = commit->slot,
        .kept_until = commit->kept_until,
        .zone = zone,
        .anchor = commit->anchor,
        .content_bytes = commit->content_bytes,
        .files = commit->files,
        .changed_files = commit->changed_files,
        .stored_s = listed->stored_s,
    };
    memcpy(backup.backup, listed->backup, sizeof(backup.backup));
    memcpy(backup.base, commit->base, sizeof(backup.base));
    bool whole;
    if (add_needs(catalogue, commit, &whole, &backup.live_bytes, problem))
        return -1;
    backup.verified = whole && reader->trusts(reader->arg, catalogue->agent, signer);
    catalogue->ends[catalogue->n_backups] = catalogue->n_needs;
    catalogue->backups[catalogue->n_backups++] = backup;
    return 0;
}

void catalogue_name(
    const struct catalogue *catalogue, const struct catalogue_object *object, char ret[OBJECT_NAME_BYTES])
{
    char backup[HEX_BYTES(SHA256_BYTES)];
    if (object->kind == OBJECT_SEGMENT) {
        name_segment(ret, catalogue->agent, object->key);
        return;
    }
    crypto_hex(object->key, (BACKUP_BYTES - 1) / 2, backup);
    if (object->kind == OBJECT_INCREMENT) {
        struct wire_reader number = { object->key + INCREMENT_NUMBER_AT, sizeof(uint32_t), false };
        name_increment(ret, catalogue->agent, backup, wire_u32(&number), object->key + INCREMENT_HASH_AT);
    } else {
        name_of_backup(ret, catalogue->agent, object->kind, backup);
    }
}
