/* `vedette restore`: from a target, with the owner's recovery key, and with no server. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/browse/find.h"
#include "cli/restore/listing.h"
#include "cli/restore/meter.h"
#include "cli/restore/open.h"
#include "cli/restore/pick.h"
#include "cli/restore/unlock.h"
#include "cli/run.h"
#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/restore/choose.h"
#include "lib/restore/extract.h"


/* All that one restore works with. */
struct restore {
    struct cli *cli;
    const struct command *command;
    const struct given *given;
    struct target_conf conf;
    struct target *target;
    struct envelope_key *own;
    struct picked picked;
    struct opened opened;
    uint8_t *chosen;
};

static void restore_close(struct restore *restore)
{
    free(restore->chosen);
    opened_free(&restore->opened);
    commit_free(&restore->picked.commit);
    envelope_key_free(restore->own);
    target_close(restore->target);
}

static int open_backup(struct restore *restore, struct problem *problem)
{
    const struct command *command = restore->command;
    const struct given *given = restore->given;
    const char *backup = given_value(command, given, "--backup"), *signer = given_value(command, given, "--signer");
    char key[PATH_MAX];
    uint32_t agent;
    if (cli_path(restore->cli, given_value(command, given, "--key"), key, problem) ||
        !(restore->own = envelope_key_load(key, problem)) ||
        repository_conf(restore->cli, command, given, &restore->conf, problem) ||
        !(restore->target = target_open(&restore->conf, &(struct target_manner){ 0 }, problem)) ||
        repository_agent(command, given, restore->target, &agent, problem))
        return -1;
    return backup ? pick_commit(restore->target, agent, backup, signer, &restore->picked, problem)
                  : pick_newest(restore->target, agent, signer, clock_wall_ms() + PICK_AHEAD_MS, &restore->picked, problem);
}

static int read_tree(struct restore *restore, struct problem *problem)
{
    const struct reader_key key = { .own = restore->own, .owner = restore->picked.signer };
    return unlock(restore->target, &key, &restore->picked.commit, &restore->opened, problem);
}

static int choose(struct restore *restore, struct problem *problem)
{
    size_t index = argument_index(restore->command, "PATH");
    restore->chosen =
        choose_paths(&restore->opened.nodes, restore->given->values[index], restore->given->n[index], problem);
    return restore->chosen ? 0 : -1;
}

static void say_backup(const struct restore *restore)
{
    const struct commit *commit = &restore->picked.commit;
    char slot[DATE_BYTES];
    civil_text(commit->slot, slot);
    fprintf(stderr, "backup %s of %s (agent %" PRIu32 "), %s of %s, signed by %s%s\n", commit->backup,
        restore->opened.manifest.hostname, commit->agent, backup_class_words[commit->class], slot,
        restore->picked.signer,
        given_value(restore->command, restore->given, "--signer") ? "" : ": compare it with the key of the agent");
    if (commit->unread_files || commit->unsteady_files)
        fprintf(stderr, "%" PRIu64 " could not be read when it was made, %" PRIu64 " changed while they were read\n",
            commit->unread_files, commit->unsteady_files);
}

static enum outcome say_extracted(const struct restore *restore, const struct extracted *extracted)
{
    if (restore->cli->options.json)
        printf("{\"backup\":\"%s\",\"entries\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"same\":%" PRIu64
               ",\"failed\":%" PRIu64 ",\"unsteady\":%" PRIu64 "}\n",
            restore->picked.commit.backup, extracted->entries, extracted->bytes, extracted->same, extracted->failed,
            extracted->unsteady);
    else
        printf("%" PRIu64 " restored, %" PRIu64 " bytes; %" PRIu64 " were there already; %" PRIu64
               " could not be restored\n",
            extracted->entries, extracted->bytes, extracted->same, extracted->failed);
    return extracted->failed ? OUTCOME_REFUSED : OUTCOME_OK;
}

static enum outcome bring_back(struct restore *restore, struct problem *problem)
{
    const char *to = given_value(restore->command, restore->given, "--to");
    char folder[PATH_MAX];
    struct beneath beneath;
    struct extracted extracted;
    struct meter meter;
    if (cli_path(restore->cli, to ? to : ".", folder, problem) || beneath_open(folder, NULL, &beneath, problem))
        return cli_fail(restore->command, OUTCOME_REFUSED, problem);
    const struct reader_key key = { .own = restore->own, .owner = restore->picked.signer };
    const struct extract_job job = { .conf = &restore->conf,
        .key = &key,
        .commit = &restore->picked.commit,
        .nodes = &restore->opened.nodes,
        .chosen = restore->chosen,
        .beneath = &beneath,
        .progress = meter_progress,
        .arg = &meter };
    meter_begin(&meter);
    int error =
        choose_room(&restore->opened.nodes, restore->chosen, beneath.fd, problem) || extract(&job, &extracted, problem);
    meter_end(&meter);
    beneath_close(&beneath);
    return error ? cli_fail(restore->command, OUTCOME_REFUSED, problem) : say_extracted(restore, &extracted);
}

enum outcome run_restore(struct cli *cli, const struct command *command, const struct given *given)
{
    struct restore restore = { .cli = cli, .command = command, .given = given };
    struct problem problem;
    enum outcome outcome = OUTCOME_OK;
    const char *pattern = given_value(command, given, "--find");
    if (pattern)
        return find_in_backups(cli, command, given, pattern);
    if (open_backup(&restore, &problem) || read_tree(&restore, &problem) || choose(&restore, &problem)) {
        outcome = cli_fail(command, OUTCOME_REFUSED, &problem);
    } else {
        say_backup(&restore);
        if (given->n[argument_index(command, "--list")])
            listing_print(&restore.opened.nodes, restore.chosen);
        else
            outcome = bring_back(&restore, &problem);
    }
    restore_close(&restore);
    return outcome;
}
