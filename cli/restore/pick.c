#include "cli/restore/pick.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/fetch.h"

struct agents {
    size_t n;
    uint32_t ids[PICK_AGENTS_MAX];
};

static int add_agent(void *arg, const struct target_object *object)
{
    struct agents *agents = arg;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_COMMIT)
        return 0;
    for (size_t i = 0; i < agents->n; i++) {
        if (agents->ids[i] == name.agent)
            return 0;
    }
    if (agents->n < PICK_AGENTS_MAX)
        agents->ids[agents->n++] = name.agent;
    return 0;
}

int pick_agent(struct target *target, uint32_t *ret, struct problem *problem)
{
    struct agents agents = { 0 };
    char list[200] = "";
    if (target_list(target, REPOSITORY_FORMAT "/", add_agent, &agents, problem) != TARGET_DONE)
        return -1;
    if (!agents.n)
        return problem_set(problem, "no-backup", "", "there is no backup in this target");
    for (size_t i = 0; i < agents.n && strlen(list) < sizeof(list) - 16; i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), " %" PRIu32, agents.ids[i]);
    if (agents.n > 1)
        return problem_set(
            problem, "usage", "--agent", "several agents have backups here; --agent says which:%s", list);
    *ret = agents.ids[0];
    return 0;
}

struct names {
    uint32_t agent;
    size_t n, room;
    char (*all)[BACKUP_BYTES];
};

static int add_name(void *arg, const struct target_object *object)
{
    struct names *names = arg;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_COMMIT || name.agent != names->agent)
        return 0;
    if (names->n == names->room) {
        size_t room = names->room ? 2 * names->room : 64;
        void *all = room <= PICK_BACKUPS_MAX ? realloc(names->all, room * sizeof(*names->all)) : NULL;
        if (!all)
            return -1;
        names->all = all;
        names->room = room;
    }
    memcpy(names->all[names->n++], name.backup, BACKUP_BYTES);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, BACKUP_BYTES);
}

int pick_names(
    struct target *target, uint32_t agent, char (**ret)[BACKUP_BYTES], size_t *ret_n, struct problem *problem)
{
    char folder[OBJECT_NAME_BYTES];
    struct names names = { .agent = agent };
    name_folder(folder, agent, OBJECT_COMMIT);
    enum target_result result = target_list(target, folder, add_name, &names, problem);
    if (result != TARGET_DONE) {
        free(names.all);
        return result == TARGET_STOPPED ? problem_set(problem, "too-many", "", "no memory, or too many backups") : -1;
    }
    size_t n = 0;
    if (names.n)
        qsort(names.all, names.n, sizeof(*names.all), compare);
    for (size_t i = 0; i < names.n; i++) { /* a target may tell one twice */
        if (!n || strcmp(names.all[n - 1], names.all[i]))
            memmove(names.all[n++], names.all[i], BACKUP_BYTES);
    }
    *ret = names.all;
    *ret_n = n;
    return 0;
}

int pick_commit(struct target *target, uint32_t agent, const char *backup, const char *signer, struct picked *ret,
    struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    struct picked picked;
    name_of_backup(name, agent, OBJECT_COMMIT, backup);
    enum target_result result = object_fetch(target, name, &object, problem);
    int error = result == TARGET_ABSENT ? problem_set(problem, "no-backup", backup, "there is no backup %s", backup)
                                        : result != TARGET_DONE;
    error = error || commit_open(object.data, object.length, agent, backup, &picked.commit, picked.signer, problem);
    buf_free(&object);
    if (error)
        return -1;
    if (signer && strcmp(signer, picked.signer)) {
        commit_free(&picked.commit);
        return problem_set(problem, "unknown-signer", backup, "the backup is signed by %s", picked.signer);
    }
    *ret = picked;
    return 0;
}

/* Somebody else's, or pruned since the names were listed. Any other that cannot be read may be the newest. */
static bool is_passed_over(const struct problem *why)
{
    return !strcmp(why->code, "unknown-signer") || !strcmp(why->code, "no-backup");
}

/* -1 + problem: which is the newest cannot be told. */
static int prefer(struct picked *newest, struct picked *one, struct problem *problem)
{
    if (newest->commit.agent && strcmp(one->signer, newest->signer)) {
        commit_free(&one->commit);
        return problem_set(
            problem, "unknown-signer", "--signer", "commits are signed by several keys; --signer says whose count");
    }
    bool newer = !newest->commit.agent || one->commit.ended_ms > newest->commit.ended_ms;
    commit_free(newer ? &newest->commit : &one->commit);
    if (newer)
        *newest = *one;
    return 0;
}

/* others: what was said of those that another key signed; its code is NULL where there are none. */
static int none_picked(uint32_t agent, const char *signer, const struct problem *others, struct problem *problem)
{
    if (!others->code)
        return problem_set(problem, "no-backup", "", "there is no backup of agent %" PRIu32 " here", agent);
    return problem_set(problem, "no-backup", "--signer", "no backup of agent %" PRIu32 " here is signed by %s: %.120s",
        agent, signer, others->reason);
}

int pick_timely(const struct commit *commit, int64_t latest_ms, struct problem *problem)
{
    char ended[RFC3339_BYTES];
    if (commit->ended_ms <= latest_ms)
        return 0;
    clock_rfc3339(ended, commit->ended_ms);
    return problem_set(problem, "clock", commit->backup,
        "it ended at %s, as it says itself, which is to come: a clock is wrong, its machine's or this one's, or it is "
        "to pass for the newest",
        ended);
}

int pick_newest(struct target *target, uint32_t agent, const char *signer, int64_t latest_ms, struct picked *ret,
    struct problem *problem)
{
    char(*names)[BACKUP_BYTES] = NULL;
    size_t n = 0;
    struct picked newest = { 0 }, one;
    struct problem why, others = { 0 };
    if (pick_names(target, agent, &names, &n, problem))
        return -1;
    int error = 0;
    for (size_t i = 0; i < n && !error; i++) {
        if (!pick_commit(target, agent, names[i], signer, &one, &why))
            error = prefer(&newest, &one, problem);
        else if (!is_passed_over(&why))
            error = problem_set(problem, why.code, names[i],
                "a newer backup may be %s, whose commit cannot be read: %.120s; --backup says which to take", names[i],
                why.reason);
        else if (!strcmp(why.code, "unknown-signer"))
            others = why;
    }
    free(names);
    if (!error && !newest.commit.agent)
        error = none_picked(agent, signer, &others, problem);
    if (!error && pick_timely(&newest.commit, latest_ms, &why))
        error = problem_set(problem, why.code, newest.commit.backup, "%s: %s; --backup says which to take",
            newest.commit.backup, why.reason);
    if (error)
        commit_free(&newest.commit);
    else
        *ret = newest;
    return error;
}
