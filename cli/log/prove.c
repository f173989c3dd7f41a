/* `vedette log prove`: a receipt, by which anyone verifies an entry without the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log/entry.h"
#include "cli/run.h"
#include "lib/buf.h"
#include "lib/files.h"
#include "lib/tlog/receipt.h"

static int write_out(const struct cli *cli, const char *name, const void *data, size_t bytes, struct problem *problem)
{
    char path[PATH_MAX];
    return cli_path(cli, name, path, problem) || file_write(path, data, bytes, 0644, problem) ? -1 : 0;
}

/* Verified before it is handed out: tiles may be damaged, and then this is where a person learns of it. */
static int make_receipt(
    struct opened_log *log, uint64_t index, const struct log_entry *entry, struct buf *ret, struct problem *problem)
{
    struct tlog_source source = log_source(log);
    struct tlog_receipt receipt = { .index = index, .checkpoint = log->note, .checkpoint_bytes = log->note_bytes };
    struct tlog_held held;
    if (tlog_prove_inclusion(&source, index, log->checkpoint.size, &receipt.proof, problem))
        return -1;
    if (tlog_receipt_format(ret, &receipt))
        return problem_set(problem, "no-memory", "", "no memory for the receipt");
    return tlog_receipt_verify(ret->data, ret->length, entry->text, entry->bytes, &log->policy, &held, problem);
}

static int prove(struct cli *cli, const struct command *command, const struct given *given, struct opened_log *log,
    uint64_t index, struct problem *problem)
{
    const char *out = given_value(command, given, "--out"), *entry_out = given_value(command, given, "--entry");
    struct tlog_source source = log_source(log);
    struct log_entry entry;
    struct buf receipt = { 0 };
    if (log_entry_read(&source, index, &entry, problem))
        return -1;
    /* Reading tiles for the proof takes the place of the bundle. */
    char *text = strndup(entry.text, entry.bytes);
    struct log_entry kept = { .text = text, .bytes = entry.bytes };
    log_entry_free(&entry);
    int error = (text ? 0 : problem_set(problem, "no-memory", "", "no memory")) ||
                make_receipt(log, index, &kept, &receipt, problem) ||
                (entry_out && write_out(cli, entry_out, kept.text, kept.bytes, problem)) ||
                (out && write_out(cli, out, receipt.data, receipt.length, problem));
    if (!error && !out)
        fwrite(receipt.data, 1, receipt.length, stdout);
    buf_free(&receipt);
    free(text);
    return error ? -1 : 0;
}

enum outcome run_log_prove(struct cli *cli, const struct command *command, const struct given *given)
{
    const char *sequence = given_value(command, given, "SEQUENCE");
    char path[PATH_MAX], *end;
    struct opened_log log;
    struct problem problem;
    unsigned long long index = strtoull(sequence, &end, 10);
    if (sequence[0] < '0' || sequence[0] > '9' || *end) {
        problem_set(&problem, "usage", "SEQUENCE", "SEQUENCE is the number of an entry, the first is 0");
        return log_fail(command, &problem);
    }
    if (log_path(cli, given_value(command, given, "LOG"), path, &problem) ||
        log_open_at(cli, command, given, path, &log, &problem))
        return log_fail(command, &problem);
    int error = prove(cli, command, given, &log, index, &problem);
    log_close(&log);
    return error ? log_fail(command, &problem) : OUTCOME_OK;
}
