/*
 * `vedette keyserver run`: the restore key service, on a machine of its own, by HTTPS to the server as a witness. Trusted
 * with the key that backups are sealed for. Nothing listens here; what leaves are content keys, wrapped for the agent that a
 * signed and logged restore names.
 */
#include <stdlib.h>
#include <time.h>

#include "cli/ask.h"
#include "cli/keyserver/keyserver.h"
#include "cli/run.h"
#include "cli/sign/home.h"
#include "lib/clock.h"
#include "lib/log.h"

#define DEADLINE_MS 30000
#define SOON_MS 300        /* while there was mail: a restore asks several times */
#define LIVELY_MS 60000    /* for so long after the last */
#define FOLLOW_MS 300000   /* without mail, so that a rotation is not missed for days */
#define EVERY_LEAST_S 1
#define EVERY_MOST_S 300
#define KEYS_AN_HOUR 100000 /* 1.5 TiB of full segments */

/* Round after round. */
struct rounds {
    struct keyserver *server;
    bool acknowledges;
    uint64_t acknowledged;
    int64_t mail_ms, followed_ms; /* monotonic; when there was some last, when the server was asked what is new */
    bool more, failed, away;
    struct problem problem;
};

static void follow(struct rounds *rounds, int64_t now_ms)
{
    struct problem problem;
    rounds->followed_ms = now_ms;
    if (knowledge_follow(&rounds->server->knowledge, rounds->server->cli, &problem))
        log_problem(LOG_LEVEL_WARNING, "keyserver.not-followed", &problem);
}

/* Judged by the newest that there is to be known. */
static void take_letters(void *arg, const void *reply)
{
    struct rounds *rounds = arg;
    const struct call_keyserver_fetch_reply *fetched = reply;
    rounds->more = fetched->more;
    if (!fetched->n_rows)
        return;
    rounds->mail_ms = clock_mono_ms();
    follow(rounds, rounds->mail_ms);
    for (size_t i = 0; i < fetched->n_rows && !rounds->failed; i++) {
        const struct call_keyserver_fetch_reply_row *row = &fetched->rows[i];
        const struct letter letter = { row->agent, row->envelope, row->sign_key };
        rounds->failed = request_take(rounds->server, &letter, &rounds->problem);
        if (!rounds->failed) {
            rounds->acknowledged = row->number;
            rounds->acknowledges = true;
        }
    }
}

static enum outcome go_round(struct rounds *rounds)
{
    json_t *fields = json_object();
    rounds->failed = rounds->more = false;
    if (rounds->acknowledges)
        json_object_set_new(fields, "acknowledged", json_integer((json_int_t)rounds->acknowledged));
    enum outcome outcome =
        ask(rounds->server->cli, CALL_KEYSERVER_FETCH, fields, DEADLINE_MS, take_letters, rounds, &rounds->problem);
    json_decref(fields);
    if (outcome == OUTCOME_OK && rounds->failed)
        outcome = OUTCOME_REFUSED;
    bool away = outcome != OUTCOME_OK;
    if (away && !rounds->away)
        log_problem(LOG_LEVEL_WARNING, "keyserver.failed", &rounds->problem);
    if (!away && rounds->away)
        log_info("keyserver.recovered");
    rounds->away = away;
    return outcome;
}

static void rest(const struct rounds *rounds, int64_t every_s)
{
    bool lively = rounds->mail_ms && clock_mono_ms() - rounds->mail_ms < LIVELY_MS;
    const struct timespec soon = { .tv_nsec = SOON_MS * 1000000L }, pause = { .tv_sec = every_s };
    if (rounds->more && !rounds->away)
        return;
    nanosleep(lively && !rounds->away ? &soon : &pause, NULL);
}

/* Killed at any moment it has lost nothing but commits, which are asked for again: there is nothing to do at the end. */
static enum outcome run(struct keyserver *server, bool once, int64_t every_s)
{
    struct rounds rounds = { .server = server };
    follow(&rounds, clock_mono_ms());
    for (;;) {
        enum outcome outcome = go_round(&rounds);
        if (once && (outcome != OUTCOME_OK || !rounds.more))
            return outcome == OUTCOME_OK && rounds.acknowledges ? go_round(&rounds) : outcome;
        if (!once)
            rest(&rounds, every_s);
        if (clock_mono_ms() - rounds.followed_ms >= FOLLOW_MS)
            follow(&rounds, clock_mono_ms());
    }
}

static int load_own(struct keyserver *server, const char *name, struct envelope_key **ret, struct problem *problem)
{
    char path[PATH_MAX];
    return home_path(server->cli, name, path, problem) || !(*ret = envelope_key_load(path, problem)) ? -1 : 0;
}

static int load_keys(
    struct keyserver *server, const struct command *command, const struct given *given, struct problem *problem)
{
    size_t index = argument_index(command, "--key");
    char path[PATH_MAX];
    if (given->n[index] > KEYSERVER_KEYS_MAX)
        return problem_set(problem, "usage", "--key", "at most %d keys are tried", KEYSERVER_KEYS_MAX);
    for (size_t i = 0; i < given->n[index]; i++) {
        if (cli_path(server->cli, given->values[index][i], path, problem) ||
            !(server->keys[i] = envelope_key_load(path, problem)))
            return -1;
        server->n_keys++;
    }
    return load_own(server, ENVELOPE_SIGN_KEY, &server->sign, problem) ||
                   load_own(server, ENVELOPE_SEAL_KEY, &server->seal, problem)
               ? -1
               : 0;
}

static int open_all(
    struct keyserver *server, const struct command *command, const struct given *given, struct problem *problem)
{
    char path[PATH_MAX];
    return load_keys(server, command, given, problem) || knowledge_load(&server->knowledge, server->cli, problem) ||
                   home_path(server->cli, "newest", path, problem) ||
                   newest_load(&server->newest, path, problem) ||
                   home_path(server->cli, "unwrapped.log", path, problem) ||
                   record_open(&server->record, path, problem)
               ? -1
               : 0;
}

static void close_all(struct keyserver *server)
{
    for (size_t i = 0; i < server->n_keys; i++)
        envelope_key_free(server->keys[i]);
    envelope_key_free(server->sign);
    envelope_key_free(server->seal);
    knowledge_free(&server->knowledge);
    commits_free(&server->commits);
}

static int read_usage(const struct cli *cli, const struct command *command, const struct given *given,
    int64_t *ret_every_s, uint32_t *ret_keys, struct problem *problem)
{
    const char *every = given_value(command, given, "--every"), *keys = given_value(command, given, "--keys-an-hour");
    if (!cli->options.url)
        return problem_set(
            problem, "usage", "--url", "a restore key service is not on the server's host: --url is needed");
    if (duration_parse(every ? every : "5s", ret_every_s) || *ret_every_s < EVERY_LEAST_S ||
        *ret_every_s > EVERY_MOST_S)
        return problem_set(
            problem, "usage", "--every", "--every is a duration from %d to %d seconds", EVERY_LEAST_S, EVERY_MOST_S);
    char *end = NULL;
    unsigned long number = keys ? strtoul(keys, &end, 10) : KEYS_AN_HOUR;
    if (!number || number > UINT32_MAX || (end && *end))
        return problem_set(problem, "usage", "--keys-an-hour", "--keys-an-hour is a number");
    *ret_keys = (uint32_t)number;
    return 0;
}

enum outcome run_keyserver(struct cli *cli, const struct command *command, const struct given *given)
{
    struct keyserver server = { .cli = cli };
    struct problem problem;
    int64_t every_s;
    if (read_usage(cli, command, given, &every_s, &server.limits.keys_an_hour, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    if (open_all(&server, command, given, &problem)) {
        close_all(&server);
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    }
    log_open("keyserver", LOG_LEVEL_INFO);
    enum outcome outcome = run(&server, given_value(command, given, "--once"), every_s);
    record_close(&server.record);
    close_all(&server);
    return outcome;
}
