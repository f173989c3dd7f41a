/* `vedette task submit|output`: what takes more than one call, or a file. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "lib/harmless.h"
#include "cli/local.h"
#include "cli/print.h"
#include "cli/run.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/signed/dsse.h"

#define DEADLINE_MS 15000
#define DOCUMENT_BYTES_MAX 393216 /* fields.def's dsse */
#define WAIT_STEP_MS 250

/* A signed document from a file, without the end of its last line. */
static json_t *read_document(struct cli *cli, const char *name, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    if (cli_path(cli, name, path, problem) || file_read(path, DOCUMENT_BYTES_MAX, &text, &bytes, problem))
        return NULL;
    while (bytes && text[bytes - 1] == '\n')
        text[--bytes] = '\0';
    json_t *fields = json_pack("{s:s%}", "dsse", text, bytes);
    if (!fields)
        problem_set(problem, "bad-file", name, "%s is no text", name);
    free(text);
    return fields;
}

struct submitted {
    struct print print;
    char document[33];
    int state;
    bool waits; /* for runs, if that is asked for */
};

static void take_submitted(void *arg, const void *reply)
{
    struct submitted *submitted = arg;
    const struct call_document_submit_reply *answer = reply;
    snprintf(submitted->document, sizeof(submitted->document), "%s", answer->document);
    submitted->state = answer->document_state;
    print_reply(&submitted->print, &call_document_submit_reply_shape, reply);
}

static void take_trust(void *arg, const void *reply)
{
    print_reply(&((struct submitted *)arg)->print, &call_trust_publish_reply_shape, reply);
}

static void take_nothing(void *arg, const void *reply)
{
    (void)arg, (void)reply;
}

/* Trust files and statuses are published; all else is carried out. */
static enum outcome submit(struct cli *cli, const json_t *fields, struct submitted *submitted, struct problem *problem)
{
    const json_t *text = json_object_get(fields, "dsse");
    struct dsse dsse;
    if (dsse_parse(json_string_value(text), json_string_length(text), &dsse, problem))
        return OUTCOME_REFUSED;
    enum document_kind kind = dsse.kind;
    dsse_free(&dsse);
    submitted->waits = kind == DOCUMENT_KIND_TASK || kind == DOCUMENT_KIND_UPDATE || kind == DOCUMENT_KIND_MOVE ||
                       kind == DOCUMENT_KIND_SETTING;
    if (kind == DOCUMENT_KIND_TRUST)
        return ask(cli, CALL_TRUST_PUBLISH, fields, DEADLINE_MS, take_trust, submitted, problem);
    if (kind == DOCUMENT_KIND_STATUS)
        return ask(cli, CALL_STATUS_PUBLISH, fields, DEADLINE_MS, take_nothing, submitted, problem);
    return ask(cli, CALL_DOCUMENT_SUBMIT, fields, DEADLINE_MS, take_submitted, submitted, problem);
}

struct counted {
    uint32_t runs, open, failed;
    int state;
};

static void take_count(void *arg, const void *reply)
{
    const struct call_task_show_reply *task = reply;
    *(struct counted *)arg = (struct counted){ task->runs, task->runs_open, task->runs_failed, task->document_state };
}

/* false: asked to end. */
static bool pause_for(struct cli *cli, unsigned time_ms)
{
    if (cli->local)
        return local_wait(cli->local, time_ms);
    poll(NULL, 0, (int)time_ms);
    return true;
}

/* Until no run is open any more. */
static enum outcome wait_for_runs(struct cli *cli, const char *document, struct problem *problem)
{
    struct counted counted = { 0 };
    json_t *fields = json_pack("{s:s, s:i}", "document", document, "limit", 1);
    enum outcome outcome;
    do {
        outcome = ask(cli, CALL_TASK_SHOW, fields, DEADLINE_MS, take_count, &counted, problem);
    } while (!outcome && (!counted.runs || counted.open) && counted.state <= DOCUMENT_STATE_LOGGED &&
             pause_for(cli, WAIT_STEP_MS));
    json_decref(fields);
    if (!outcome && counted.failed) {
        problem_set(problem, "failed", "", "%u of %u runs did not end well: `vedette task show %s`", counted.failed,
            counted.runs, document);
        outcome = OUTCOME_REFUSED;
    }
    return outcome;
}

enum outcome run_task_submit(struct cli *cli, const struct command *command, const struct given *given)
{
    struct submitted submitted = { .print = { .json = cli->options.json } };
    struct problem problem;
    json_t *fields = read_document(cli, given_value(command, given, "FILE"), &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    enum outcome outcome = submit(cli, fields, &submitted, &problem);
    json_decref(fields);
    if (!outcome && given_value(command, given, "--wait") && submitted.waits && submitted.state != DOCUMENT_STATE_DRAFT)
        outcome = wait_for_runs(cli, submitted.document, &problem);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}

struct output {
    uint64_t offset;
    bool more, cut;
    struct problem problem;
    int error;
};

/* On a terminal what a machine wrote is shown, and not obeyed; into a file or a pipe it goes to the byte. */
static int show(const char *data, size_t bytes)
{
    struct buf shown = { 0 };
    int error = harmless_append(&shown, data, bytes) || fwrite(shown.data, 1, shown.length, stdout) != shown.length;
    buf_free(&shown);
    return error;
}

static void take_output(void *arg, const void *reply)
{
    struct output *output = arg;
    const struct call_task_output_reply *piece = reply;
    size_t length = strlen(piece->data), bytes = 0;
    char *data = malloc(length / 4 * 3 + 1);
    if (!data || crypto_unbase64(piece->data, length, data, length / 4 * 3 + 1, &bytes))
        output->error = problem_set(&output->problem, "bad-answer", "data", "the answer cannot be read");
    else if (isatty(STDOUT_FILENO) ? show(data, bytes) : fwrite(data, 1, bytes, stdout) != bytes)
        output->error = problem_errno(&output->problem, "file", "", "cannot write the output");
    output->offset += bytes;
    output->more = bytes > 0 && output->offset < piece->output_bytes;
    output->cut = piece->output_cut;
    free(data);
}

/* To the byte, as the run wrote it: whoever looks at it on a terminal may want `| cat -v`. */
enum outcome run_task_output(struct cli *cli, const struct command *command, const struct given *given)
{
    struct output output = { .more = true };
    struct problem problem;
    enum outcome outcome = OUTCOME_OK;
    json_t *fields = ask_fields(command, given, &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_USAGE, &problem);
    while (!outcome && !output.error && output.more) {
        json_object_set_new(fields, "offset", json_integer((json_int_t)output.offset));
        outcome = ask(cli, CALL_TASK_OUTPUT, fields, DEADLINE_MS, take_output, &output, &problem);
    }
    json_decref(fields);
    if (output.error)
        return cli_fail(command, OUTCOME_REFUSED, &output.problem);
    if (!outcome && output.cut)
        fprintf(stderr, "vedette: there was more than was kept\n");
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
