#include "cli/browse/find.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/browse/shelf.h"
#include "cli/restore/listing.h"
#include "cli/restore/open.h"
#include "lib/calendar/civil.h"
#include "lib/clock.h"

/* The backup in which a version was seen first: the newest that has it. */
static const struct shelved *newest_with(const struct shelf *shelf, const struct version *version)
{
    for (size_t i = 0; i < shelf->n; i++) {
        if (shelf->all[i].state == SHELVED_READ && shelf->all[i].index == version->first)
            return &shelf->all[i];
    }
    abort(); /* each tree is of a backup */
}

static void print_versions(const struct shelf *shelf, uint32_t name)
{
    static char path[NODE_PATH_BYTES];
    char slot[DATE_BYTES], time[RFC3339_BYTES];
    const struct versions *versions = &shelf->versions;
    versions_path(versions, name, path);
    for (uint32_t at = versions->names[name].versions; at != VERSIONS_NONE; at = versions->all[at].next) {
        const struct version *version = &versions->all[at];
        const struct shelved *of = newest_with(shelf, version);
        civil_text(of->commit.slot, slot);
        clock_rfc3339(time, version->mtime_s * 1000 + version->mtime_ns / 1000000);
        printf("%s %s %u %c %" PRIu64 " %s ", of->commit.backup, slot, version->last - version->first + 1u,
            (char)version->type, version->size, time);
        listing_name(path);
        putchar('\n');
    }
}

/* What was not looked through may be what was searched for. */
static enum outcome say_failed(const struct shelf *shelf)
{
    enum outcome outcome = OUTCOME_OK;
    if (shelf->n_passed_over)
        fprintf(stderr, "%zu left out: %s\n", shelf->n_passed_over, shelf->passed_over);
    for (size_t i = 0; i < shelf->n; i++) {
        if (shelf->all[i].state != SHELVED_FAILED)
            continue;
        fprintf(stderr, "%s was not looked through: %s\n", shelf->all[i].commit.backup, shelf->all[i].why);
        outcome = OUTCOME_REFUSED;
    }
    return outcome;
}

enum outcome find_in_backups(
    struct cli *cli, const struct command *command, const struct given *given, const char *pattern)
{
    struct envelope_key *key = NULL;
    struct target_conf conf;
    struct shelf shelf = { 0 };
    struct problem problem;
    uint32_t agent = 0;
    enum outcome outcome = OUTCOME_OK;
    int error = repository_with_key(cli, command, given, &key, &conf, &agent, &problem) ||
                shelf_open(&conf, key, agent, given_value(command, given, "--signer"), &shelf, &problem);
    if (!error) {
        uint32_t name = VERSIONS_ROOT;
        shelf_read(&shelf);
        while ((name = versions_find(&shelf.versions, pattern, name)) != VERSIONS_NONE)
            print_versions(&shelf, name);
        outcome = say_failed(&shelf);
    }
    shelf_close(&shelf);
    envelope_key_free(key);
    return error ? cli_fail(command, OUTCOME_REFUSED, &problem) : outcome;
}
