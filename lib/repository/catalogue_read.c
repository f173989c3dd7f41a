#include <stdio.h>
#include <stdlib.h>

#include "lib/problem.h"
#include "lib/repository/catalogue.h"
#include "lib/repository/fetch.h"
#include "lib/target/target.h"

struct listing {
    struct catalogue *catalogue;
    struct problem why; /* it takes no more; no code: somebody else stopped it */
};

static int list_one(void *arg, const struct target_object *object)
{
    struct listing *listing = arg;
    return catalogue_list(listing->catalogue, object->name, object->bytes, object->modified_s, &listing->why);
}

/* What commits are read with, one after another. */
struct reading {
    struct target *target;
    const struct catalogue_reader *reader;
    struct catalogue *catalogue;
    struct buf object;
};

/* 0; 1: it is no commit; -1 + problem: nobody knows. */
static int fetch(struct reading *reading, const struct catalogue_commit *listed, struct commit *ret,
    char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    uint32_t agent = reading->catalogue->agent;
    if (listed->bytes > OBJECT_BYTES_MAX)
        return 1;
    name_of_backup(name, agent, OBJECT_COMMIT, listed->backup);
    if (object_fetch(reading->target, name, &reading->object, problem))
        return -1;
    if (!commit_open(reading->object.data, reading->object.length, agent, listed->backup, ret, ret_signer, problem))
        return 0;
    return problem_is(problem, "no-memory") ? -1 : 1;
}

static int read_commit(struct reading *reading, const struct catalogue_commit *listed, struct problem *problem)
{
    struct catalogue *catalogue = reading->catalogue;
    struct commit commit;
    char signer[FINGERPRINT_HEX_BYTES];
    int status = fetch(reading, listed, &commit, signer, problem);
    if (status > 0)
        catalogue->unread[catalogue->n_unread++] = *listed;
    if (status)
        return status < 0 ? -1 : 0;
    status = catalogue_add(catalogue, listed, &commit, signer, reading->reader, problem);
    commit_free(&commit);
    return status;
}

static int list_all(struct target *target, struct catalogue *catalogue, struct problem *problem)
{
    struct listing listing = { .catalogue = catalogue };
    char folder[OBJECT_NAME_BYTES];
    snprintf(folder, sizeof(folder), REPOSITORY_FORMAT "/%u/", catalogue->agent);
    enum target_result result = target_list(target, folder, list_one, &listing, problem);
    if (listing.why.code)
        *problem = listing.why;
    return result ? -1 : 0;
}

static int read_all(
    struct target *target, const struct catalogue_reader *reader, struct catalogue *catalogue, struct problem *problem)
{
    if (list_all(target, catalogue, problem) || catalogue_sort(catalogue, problem))
        return -1;
    struct reading reading = { target, reader, catalogue, { .limit_bytes = OBJECT_BYTES_MAX } };
    int error = 0;
    for (size_t i = 0; i < catalogue->n_commits && !error; i++)
        error = read_commit(&reading, &catalogue->commits[i], problem);
    buf_free(&reading.object);
    return error;
}

int catalogue_read(struct target *target, uint32_t agent, const struct catalogue_reader *reader, struct catalogue *ret,
    struct problem *problem)
{
    struct catalogue catalogue = { .agent = agent };
    if (read_all(target, reader, &catalogue, problem)) {
        catalogue_free(&catalogue);
        return -1;
    }
    *ret = catalogue;
    return 0;
}

struct agents {
    uint32_t *all, last;
    size_t count, room;
    int64_t newest_s;
};

/* Objects of an agent mostly come in a row. */
static int note_agent(void *arg, const struct target_object *object)
{
    struct agents *agents = arg;
    struct object_name name;
    if (object->modified_s > agents->newest_s)
        agents->newest_s = object->modified_s;
    if (name_parse(object->name, &name) || name.agent == agents->last)
        return 0;
    for (size_t i = 0; i < agents->count; i++) {
        if (agents->all[i] == name.agent)
            return 0;
    }
    if (agents->count == agents->room) {
        size_t room = agents->room ? 2 * agents->room : 64;
        uint32_t *grown = room <= CATALOGUE_AGENTS_MAX ? reallocarray(agents->all, room, sizeof(*grown)) : NULL;
        if (!grown)
            return -1;
        agents->all = grown;
        agents->room = room;
    }
    agents->all[agents->count++] = agents->last = name.agent;
    return 0;
}

static int ascending(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

int catalogue_agents(
    struct target *target, uint32_t **ret, size_t *ret_count, int64_t *ret_newest_s, struct problem *problem)
{
    struct agents agents = { 0 };
    enum target_result result = target_list(target, REPOSITORY_FORMAT "/", note_agent, &agents, problem);
    if (result) {
        free(agents.all);
        return result == TARGET_STOPPED ? problem_set(problem, "no-memory", "", "no memory for so many agents") : -1;
    }
    if (agents.count)
        qsort(agents.all, agents.count, sizeof(*agents.all), ascending);
    *ret = agents.all;
    *ret_count = agents.count;
    *ret_newest_s = agents.newest_s;
    return 0;
}
