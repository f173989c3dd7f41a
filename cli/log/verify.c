/* `vedette log verify`: in one line what holds, and since when. `vedette log fsck`: and that every entry is what it
 * says. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log/entry.h"
#include "cli/log/kept.h"
#include "cli/log/open.h"
#include "cli/run.h"
#include "contract.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/tlog/check.h"
#include "lib/tlog/receipt.h"

/* What a log says of itself when all of it holds. */
struct finding {
    struct tlog_checked checked;
    uint64_t kept_from; /* first entry whose bundle is there */
    char since[RFC3339_BYTES], until[RFC3339_BYTES]; /* of its first and last entry that is there; "": none */
};

/* The time of one entry; "" if it is gone or not ours. */
static void time_of(const struct tlog_source *source, uint64_t index, char ret[RFC3339_BYTES])
{
    struct log_entry entry;
    ret[0] = '\0';
    if (log_entry_read(source, index, &entry, NULL))
        return;
    clock_rfc3339(ret, entry.read.event.time_ms);
    log_entry_free(&entry);
}

/* Bundles may be missing only where the log itself says that they were deleted. */
static int find(struct cli *cli, const struct command *command, const struct given *given, struct opened_log *log,
    struct finding *ret, struct problem *problem)
{
    struct tlog_source source = log_source(log);
    struct finding finding = { 0 };
    uint64_t allowed;
    if (log_kept_from(cli, command, given, log, &allowed, problem))
        return -1;
    if (tlog_check(&source, &log->checkpoint, allowed, &finding.checked, problem)) {
        if (!strcmp(problem->code, "absent") && !strncmp(problem->field, "tile/entries/", 13))
            problem_set(problem, "unexplained", problem->field,
                "%s is missing, and nothing in the ops log says that it was deleted", problem->field);
        return -1;
    }
    finding.kept_from = finding.checked.absent ? allowed : 0;
    if (log->checkpoint.size) {
        time_of(&source, finding.kept_from, finding.since);
        time_of(&source, log->checkpoint.size - 1, finding.until);
    }
    *ret = finding;
    return 0;
}

/* An older checkpoint of the same log: what it covered must be the beginning of what there is. */
static int check_older(const struct cli *cli, const char *name, struct opened_log *log, struct problem *problem)
{
    char path[PATH_MAX], *note;
    size_t bytes;
    struct tlog_checkpoint older;
    uint8_t root[TLOG_HASH_BYTES];
    struct tlog_source source = log_source(log);
    if (cli_path(cli, name, path, problem) || file_read(path, TLOG_NOTE_BYTES, &note, &bytes, problem))
        return -1;
    int error = tlog_checkpoint_open(note, bytes, &log->policy.log, &older, NULL, problem);
    free(note);
    if (error)
        return -1;
    if (older.size > log->checkpoint.size)
        return problem_set(problem, "rolled-back", name,
            "the log has %" PRIu64 " entries now; when that checkpoint was signed it had %" PRIu64,
            log->checkpoint.size, older.size);
    if (tlog_root_at(&source, older.size, root, problem))
        return -1;
    if (!crypto_equal(root, older.root, sizeof(root)))
        return problem_set(problem, "fork", name,
            "the log's first %" PRIu64 " entries are not those of that checkpoint: its history was rewritten",
            older.size);
    return 0;
}

static void say(const struct cli *cli, const struct opened_log *log, const struct finding *finding)
{
    const struct tlog_checkpoint *checkpoint = &log->checkpoint;
    char root[HEX_BYTES(TLOG_HASH_BYTES)];
    crypto_hex(checkpoint->root, sizeof(checkpoint->root), root);
    if (cli->options.json) {
        printf("{\"origin\":\"%s\",\"size\":%" PRIu64 ",\"root\":\"%s\",\"entries\":%" PRIu64 ",\"absent\":%" PRIu64
               ",\"since\":\"%s\",\"until\":\"%s\",\"witnesses\":%zu,\"cosigned\":%zu,\"key_id\":\"%08x\"}\n",
            checkpoint->origin, checkpoint->size, root, finding->checked.entries, finding->checked.absent,
            finding->since, finding->until, log->policy.witness_count, log->cosigned.count, log->policy.log.id);
        return;
    }
    printf("%s holds: %" PRIu64 " entries", checkpoint->origin, checkpoint->size);
    if (finding->since[0])
        printf(" since %s, the last of %s", finding->since, finding->until);
    if (finding->kept_from)
        printf("; entries from %" PRIu64 ", hashes from 0: the rest was deleted when it was due", finding->kept_from);
    printf("; signed by key %08x", log->policy.log.id);
    if (log->policy.witness_count)
        printf(", cosigned by %zu of %zu witnesses", log->cosigned.count, log->policy.witness_count);
    printf("%s\n", log->own_key ? "; that key stood beside the log: compare it with the one you know" : "");
}

static int verify_one(struct cli *cli, const struct command *command, const struct given *given, const char *name,
    bool entries, struct problem *problem)
{
    char path[PATH_MAX];
    struct opened_log log;
    struct finding finding;
    const char *older = entries ? NULL : given_value(command, given, "--since");
    if (log_path(cli, name, path, problem) || log_open_at(cli, command, given, path, &log, problem))
        return -1;
    int error = find(cli, command, given, &log, &finding, problem) ||
                (older && check_older(cli, older, &log, problem)) || (entries && log_entries_check(&log, problem));
    if (!error)
        say(cli, &log, &finding);
    log_close(&log);
    return error ? -1 : 0;
}

/* Each log that was named, or every class; all are looked at, whatever is wrong with one. */
static enum outcome verify(struct cli *cli, const struct command *command, const struct given *given, bool entries)
{
    const char *name = given_value(command, given, "LOG");
    enum outcome outcome = OUTCOME_OK;
    for (int class = 0; class < (name ? 1 : CLASS_COUNT); class ++) {
        struct problem found, problem;
        const char *log = name ? name : class_words[class];
        if (!verify_one(cli, command, given, log, entries, &found))
            continue;
        problem_set(&problem, found.code, found.field, "%s: %s", log, found.reason);
        outcome = log_fail(command, &problem);
    }
    return outcome;
}

static int verify_receipt(struct cli *cli, const struct command *command, const struct given *given,
    const char *receipt, const char *entry, struct problem *problem)
{
    const char *name = given_value(command, given, "LOG");
    char folder[PATH_MAX], receipt_path[PATH_MAX], entry_path[PATH_MAX], *receipt_text = NULL, *entry_text = NULL;
    size_t receipt_bytes, entry_bytes;
    struct tlog_policy policy;
    struct tlog_held held;
    bool own_key;
    int error = (name && log_path(cli, name, folder, problem)) ||
                log_policy(cli, command, given, name ? folder : NULL, &policy, &own_key, problem) ||
                cli_path(cli, receipt, receipt_path, problem) || cli_path(cli, entry, entry_path, problem) ||
                file_read(receipt_path, TLOG_RECEIPT_BYTES, &receipt_text, &receipt_bytes, problem) ||
                file_read(entry_path, TLOG_ENTRY_BYTES, &entry_text, &entry_bytes, problem) ||
                tlog_receipt_verify(receipt_text, receipt_bytes, entry_text, entry_bytes, &policy, &held, problem);
    free(receipt_text);
    free(entry_text);
    if (error)
        return -1;
    printf("%s holds the entry at %" PRIu64 ": in its first %" PRIu64 " entries, signed by key %08x",
        held.checkpoint.origin, held.index, held.checkpoint.size, policy.log.id);
    if (policy.witness_count)
        printf(", cosigned by %zu of %zu witnesses", held.cosigned.count, policy.witness_count);
    printf("\n");
    return 0;
}

enum outcome run_log_verify(struct cli *cli, const struct command *command, const struct given *given)
{
    const char *receipt = given_value(command, given, "--receipt"), *entry = given_value(command, given, "--entry");
    struct problem problem;
    if (!receipt && !entry)
        return verify(cli, command, given, false);
    if (!receipt || !entry) {
        problem_set(&problem, "usage", "--receipt", "a receipt proves an entry: both --receipt and --entry are needed");
        return log_fail(command, &problem);
    }
    return verify_receipt(cli, command, given, receipt, entry, &problem) ? log_fail(command, &problem) : OUTCOME_OK;
}

enum outcome run_log_fsck(struct cli *cli, const struct command *command, const struct given *given)
{
    return verify(cli, command, given, true);
}
