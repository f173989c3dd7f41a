/* `vedette backup browse`: a page of this machine's own, with the trees of all backups. It is trusted with the recovery
 * key, as `vedette restore` is: names are read here, and go to nobody but the browser on the loopback. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/browse/answers.h"
#include "cli/restore/open.h"
#include "cli/run.h"
#include "lib/problem.h"

#define PORT 7721

extern const struct http_assets browse_assets;

static int port_of(const struct command *command, const struct given *given, unsigned *ret, struct problem *problem)
{
    const char *text = given_value(command, given, "--port");
    char *end = NULL;
    unsigned long port = text ? strtoul(text, &end, 10) : PORT;
    if (text && (*end || !port || port > 65535))
        return problem_set(problem, "usage", "--port", "a port is a number up to 65535");
    *ret = (unsigned)port;
    return 0;
}

/* Until its user ends it. */
static int serve(struct answers *answers, unsigned port, struct problem *problem)
{
    char *work = answers_work(answers);
    if (!work)
        return problem_set(problem, "no-memory", "", "no memory for so many backups");
    const struct page page = {
        .port = port, .assets = &browse_assets, .work = work, .take = answers_take, .arg = answers
    };
    int error = shelf_start(answers->shelf, problem);
    if (!error) {
        fprintf(stderr, "%zu backups of agent %u, signed by %s. Ctrl-C ends it.\n", answers->shelf->n,
            answers->shelf->agent, answers->shelf->signer);
        error = page_serve(&page, problem);
    }
    free(work);
    return error;
}

static int browse(struct answers *answers, const struct command *command, const struct given *given, uint32_t agent,
    const struct target_conf *conf, const struct envelope_key *key, struct problem *problem)
{
    struct shelf shelf;
    struct bringing bringing;
    unsigned port = 0;
    if (port_of(command, given, &port, problem))
        return -1;
    int error = shelf_open(conf, key, agent, given_value(command, given, "--signer"), &shelf, problem);
    bringing_make(&bringing, &shelf);
    answers->shelf = &shelf;
    answers->bringing = &bringing;
    if (!error)
        error = serve(answers, port, problem);
    bringing_close(&bringing);
    shelf_close(&shelf);
    return error;
}

enum outcome run_backup_browse(struct cli *cli, const struct command *command, const struct given *given)
{
    const char *to = given_value(command, given, "--to");
    struct envelope_key *key = NULL;
    struct target_conf conf;
    struct problem problem;
    uint32_t agent = 0;
    char folder[PATH_MAX];
    int error = repository_with_key(cli, command, given, &key, &conf, &agent, &problem) ||
                cli_path(cli, to ? to : "restored", folder, &problem);
    if (!error) {
        struct answers answers = { .from = cli->directory,
            .target = given_value(command, given, "--targets") ? given_value(command, given, "TARGET") : "",
            .to = folder };
        error = browse(&answers, command, given, agent, &conf, key, &problem);
    }
    envelope_key_free(key);
    if (error && strcmp(problem.code, "interrupted"))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    return OUTCOME_OK;
}
