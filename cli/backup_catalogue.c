/* `vedette backup catalogue`: every commit of a target to the server, which verifies each and has its catalogue
 * again. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/restore/open.h"
#include "cli/run.h"
#include "lib/crypto.h"
#include "lib/repository/catalogue.h"
#include "lib/repository/fetch.h"

#define DEADLINE_MS 15000
#define PIECE_BYTES 196608 /* in base64 within the limits of a message of the bus */

struct sending {
    struct cli *cli;
    struct target *target;
    uint32_t agent;
    struct catalogue_commit *all;
    size_t n, room, sent, refused;
};

static void nothing(void *arg, const void *reply)
{
    (void)arg, (void)reply;
}

static int note(void *arg, const struct target_object *object)
{
    struct sending *sending = arg;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_COMMIT)
        return 0;
    if (sending->n == sending->room) {
        size_t room = sending->room ? 2 * sending->room : 64;
        struct catalogue_commit *all =
            room <= RETENTION_BACKUPS_MAX ? reallocarray(sending->all, room, sizeof(*all)) : NULL;
        if (!all)
            return -1;
        sending->all = all;
        sending->room = room;
    }
    snprintf(sending->all[sending->n++].backup, BACKUP_BYTES, "%s", name.backup);
    return 0;
}

static enum outcome send_piece(
    const struct sending *sending, const char *backup, const struct buf *object, size_t offset, struct problem *problem)
{
    size_t bytes = object->length - offset < PIECE_BYTES ? object->length - offset : PIECE_BYTES;
    char *text = malloc(BASE64_BYTES(bytes));
    if (!text) {
        problem_set(problem, "no-memory", "", "no memory");
        return OUTCOME_REFUSED;
    }
    crypto_base64(object->data + offset, bytes, text);
    json_t *fields = json_pack("{s:I s:s s:I s:I s:s}", "agent", (json_int_t)sending->agent, "backup", backup,
        "commit_bytes", (json_int_t)object->length, "offset", (json_int_t)offset, "data", text);
    free(text);
    enum outcome outcome = ask(sending->cli, CALL_COMMIT_KEEP, fields, DEADLINE_MS, nothing, NULL, problem);
    json_decref(fields);
    return outcome;
}

/* If the server refuses one, that is printed, and the others go on. */
static enum outcome send_commit(struct sending *sending, const char *backup, struct problem *problem)
{
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    char name[OBJECT_NAME_BYTES];
    enum outcome outcome = OUTCOME_OK;
    name_of_backup(name, sending->agent, OBJECT_COMMIT, backup);
    if (object_fetch(sending->target, name, &object, problem))
        outcome = OUTCOME_BAD_FILE;
    for (size_t offset = 0; !outcome && offset < object.length; offset += PIECE_BYTES)
        outcome = send_piece(sending, backup, &object, offset, problem);
    buf_free(&object);
    if (outcome == OUTCOME_REFUSED) {
        fprintf(stderr, "%s: %s (%s)\n", backup, problem->reason, problem->code);
        sending->refused++;
        return OUTCOME_OK;
    }
    sending->sent += !outcome;
    return outcome;
}

static enum outcome send_agent(struct sending *sending, uint32_t agent, struct problem *problem)
{
    char folder[OBJECT_NAME_BYTES];
    enum outcome outcome = OUTCOME_OK;
    sending->agent = agent;
    sending->n = 0;
    name_folder(folder, agent, OBJECT_COMMIT);
    if (target_list(sending->target, folder, note, sending, problem))
        return OUTCOME_BAD_FILE;
    for (size_t i = 0; i < sending->n && !outcome; i++)
        outcome = send_commit(sending, sending->all[i].backup, problem);
    return outcome;
}

static enum outcome send_all(
    struct sending *sending, const struct command *command, const struct given *given, struct problem *problem)
{
    enum outcome outcome = OUTCOME_OK;
    uint32_t *agents = NULL, one;
    size_t count = 0;
    int64_t newest_s;
    if (given_value(command, given, "--agent"))
        return repository_agent(command, given, sending->target, &one, problem) ? OUTCOME_USAGE
                                                                                : send_agent(sending, one, problem);
    if (catalogue_agents(sending->target, &agents, &count, &newest_s, problem))
        return OUTCOME_BAD_FILE;
    for (size_t i = 0; i < count && !outcome; i++)
        outcome = send_agent(sending, agents[i], problem);
    free(agents);
    return outcome;
}

enum outcome run_backup_catalogue(struct cli *cli, const struct command *command, const struct given *given)
{
    struct sending sending = { .cli = cli };
    struct target_conf conf;
    struct problem problem;
    enum outcome outcome = OUTCOME_BAD_FILE;
    if (!repository_conf(cli, command, given, &conf, &problem))
        sending.target = target_open(&conf, &(struct target_manner){ 0 }, &problem);
    if (sending.target)
        outcome = send_all(&sending, command, given, &problem);
    target_close(sending.target);
    free(sending.all);
    if (outcome)
        return cli_fail(command, outcome, &problem);
    printf(cli->options.json ? "{\"sent\":%zu,\"refused\":%zu}\n" : "%zu commits sent, %zu refused\n", sending.sent,
        sending.refused);
    return sending.refused ? OUTCOME_REFUSED : OUTCOME_OK;
}
