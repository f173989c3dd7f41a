/*
 * days [DAYS [AGENTS]]: 400 days of 100 agents that back up daily, each run of the pruner the real one but for its
 * clock, in a target in memory. Prints how its memory grew, and how storage compares with what should be there: at
 * least every backup whose date is not over, at most those whose date is not over for more than 120 hours (it runs once
 * a day here, so 24 hours longer than when it runs as it should). Exit status 1 where something is missing or too much.
 */
#include <malloc.h>
#include <time.h>

#include "cli/prune/repository.h"
#include "cli/prune/sweep.h"
#include "lib/calendar/civil.h"
#include "lib/problem.h"
#include "lib/repository/zones.h"
#include "lib/target/conf.h"
#include "lib/target/target.h"
#include "tests/prune/maker.h"

#define FROM_DAY 20500
#define SEGMENTS 10 /* of a backup: the first changes daily, the second every other day, … */
#define SEGMENT_BYTES 100000
#define NOON_S (12 * 3600)

struct run {
    struct maker maker;
    struct target *target;
    struct prune_rules rules;
    struct zones zones;
    struct prune_state state;
    size_t missing, excess; /* backups, over all days */
    uint64_t least_bytes, stored_bytes, most_bytes;
};

static void must(bool held, const struct problem *problem)
{
    if (held)
        return;
    fprintf(stderr, "days: %s\n", problem->reason);
    exit(2);
}

static enum backup_class class_of(int64_t slot)
{
    return civil_weekday(slot) ? BACKUP_CLASS_DAILY : BACKUP_CLASS_WEEKLY;
}

static void back_up(struct run *run, uint32_t agent, int64_t slot)
{
    struct commit_segment segments[SEGMENTS];
    struct commit commit = {
        .agent = agent, .class = class_of(slot), .slot = slot, .zone = "Europe/Berlin", .files = 100
    };
    commit.kept_until = retention_kept_until(&retention_rules.spans[commit.class], slot);
    snprintf(commit.backup, sizeof(commit.backup), "%016x%016" PRIx64, agent, slot);
    for (int64_t i = 0; i < SEGMENTS; i++) {
        char word[64];
        snprintf(word, sizeof(word), "%u %" PRId64 " %" PRId64, agent, i, slot / (i + 1));
        maker_segment(&run->maker, agent, word, SEGMENT_BYTES, slot * DAY_S + NOON_S, &segments[commit.n_segments++]);
    }
    commit.segments = segments;
    commit.content_bytes = SEGMENTS * SEGMENT_BYTES;
    maker_commit(&run->maker, &commit, slot * DAY_S + NOON_S);
}

static void prune(struct run *run, uint32_t agent, int64_t now_s)
{
    struct prune_repository repository;
    struct retention_clock clock;
    struct problem problem;
    size_t removed;
    const struct prune_view view = { &run->rules, &run->zones, &run->state, now_s };
    must(!prune_repository_read(run->target, agent, &view, &repository, &problem) &&
             !prune_state_write(&run->state, agent, &repository.plan.memory, &problem) &&
             !prune_clock_observe(&clock, &problem),
        &problem);
    problem.reason[0] = '\0';
    must(!repository.plan.stop && !prune_sweep(run->target, &repository.catalogue, &repository.plan, &retention_rules,
                                      &clock, &removed, &problem),
        &problem);
    prune_repository_free(&repository);
}

/* What should be there of an agent: the least and the most, by dates alone. */
static void compare(struct run *run, uint32_t agent, int64_t day, int64_t now_s)
{
    struct prune_repository found;
    struct problem problem;
    const struct zone *zone;
    must(!zones_find(&run->zones, "Europe/Berlin", &zone, &problem), &problem);
    const struct prune_view view = { &run->rules, &run->zones, NULL, now_s };
    must(!prune_repository_read(run->target, agent, &view, &found, &problem), &problem);
    for (int64_t slot = FROM_DAY; slot <= day; slot++) {
        char backup[BACKUP_BYTES];
        int64_t end_s = retention_date_end_s(retention_kept_until(&retention_rules.spans[class_of(slot)], slot), zone);
        snprintf(backup, sizeof(backup), "%016x%016" PRIx64, agent, slot);
        bool there = retention_find(found.catalogue.backups, found.catalogue.n_backups, backup) != SIZE_MAX;
        run->missing += !there && now_s < end_s;
        run->excess += there && now_s > end_s + 120 * 3600;
    }
    /* A segment is there as long as any backup between the first that wrote it and the last that lists it. */
    for (int64_t i = 0; i < SEGMENTS; i++) {
        for (int64_t version = FROM_DAY / (i + 1); version <= day / (i + 1); version++) {
            bool least = false, most = false;
            for (int64_t slot = version * (i + 1); slot < (version + 1) * (i + 1) && slot <= day; slot++) {
                int64_t end_s =
                    retention_date_end_s(retention_kept_until(&retention_rules.spans[class_of(slot)], slot), zone);
                least |= slot >= FROM_DAY && now_s < end_s;
                most |= slot >= FROM_DAY && now_s <= end_s + 120 * 3600;
            }
            run->least_bytes += least ? SEGMENT_BYTES : 0;
            run->most_bytes += most ? SEGMENT_BYTES : 0;
        }
    }
    for (size_t i = 0; i < found.catalogue.n_objects; i++)
        run->stored_bytes += found.catalogue.objects[i].kind == OBJECT_SEGMENT ? found.catalogue.objects[i].bytes : 0;
    prune_repository_free(&found);
}

static unsigned long rss_kib(void)
{
    unsigned long total, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    malloc_trim(0);
    if (file && fscanf(file, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
}

static void live(struct run *run, int64_t days, uint32_t agents)
{
    for (int64_t day = FROM_DAY; day < FROM_DAY + days; day++) {
        for (uint32_t agent = 1; agent <= agents; agent++) {
            back_up(run, agent, day);
            prune(run, agent, day * DAY_S + NOON_S + 3600);
        }
        if ((day - FROM_DAY + 1) % 100)
            continue;
        run->least_bytes = run->stored_bytes = run->most_bytes = 0;
        for (uint32_t agent = 1; agent <= agents; agent++)
            compare(run, agent, day, day * DAY_S + NOON_S + 3600);
        printf("day %" PRId64 ": %lu KiB resident; stored %" PRIu64 " MB, model %" PRIu64 " to %" PRIu64
               " MB; %zu missing, %zu too long there\n",
            day - FROM_DAY + 1, rss_kib(), run->stored_bytes / 1000000, run->least_bytes / 1000000,
            run->most_bytes / 1000000, run->missing, run->excess);
        fflush(stdout);
        if (run->stored_bytes < run->least_bytes || run->stored_bytes > run->most_bytes)
            run->excess++;
    }
}

int main(int argc, char **argv)
{
    char folder[] = "/dev/shm/vedette-days-XXXXXX", rules[64], command[64];
    struct run run = { 0 };
    struct target_conf conf;
    struct problem problem;
    if (!mkdtemp(folder))
        return 2;
    uint32_t agents = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100;
    maker_open(&run.maker, folder);
    for (uint32_t agent = 1; agent <= agents; agent++)
        maker_agent(&run.maker, agent);
    snprintf(rules, sizeof(rules), "%s/rules", folder);
    must(!target_conf_directory(folder, &conf, &problem), &problem);
    run.target = target_open(&conf, &(struct target_manner){ 0 }, &problem);
    must(run.target && !prune_rules_parse(rules, "", &run.rules, &problem) &&
             !prune_state_open(&run.state, rules, &problem),
        &problem);
    live(&run, argc > 1 ? strtol(argv[1], NULL, 10) : 400, agents);
    target_close(run.target);
    prune_state_close(&run.state);
    zones_free(&run.zones);
    prune_rules_free(&run.rules);
    maker_close(&run.maker);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command) || run.missing || run.excess ? 1 : 0;
}
