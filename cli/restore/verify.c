/* `vedette backup verify`: a repository is whole; no key is needed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/restore/check.h"
#include "cli/restore/open.h"
#include "cli/run.h"

static void tell(void *arg, const char *name, const struct problem *problem)
{
    (void)arg;
    fprintf(stderr, "vedette: backup verify: %s: %s (%s)\n", name, problem->reason, problem->code);
}

static void say(const struct cli *cli, uint32_t agent, const struct checked *checked, bool known)
{
    if (cli->options.json) {
        printf("{\"agent\":%" PRIu32 ",\"backups\":%" PRIu64 ",\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64
               ",\"bad\":%" PRIu64 ",\"unfollowed\":%" PRIu64 ",\"signer\":\"%s\"}\n",
            agent, checked->backups, checked->objects, checked->bytes, checked->bad, checked->unfollowed,
            checked->signer);
        return;
    }
    printf("agent %" PRIu32 ": %" PRIu64 " backups, %" PRIu64 " objects with %" PRIu64 " bytes are whole; %" PRIu64
           " are not; signed by %s%s\n",
        agent, checked->backups, checked->objects, checked->bytes, checked->bad,
        checked->signer[0] ? checked->signer : "nobody", known ? "" : ": compare it with the key of the agent");
    if (checked->unfollowed)
        printf("%" PRIu64 " follow a commit that is not here: it was pruned, or removed\n", checked->unfollowed);
}

static bool trusts(void *signer, const char *found)
{
    return !strcmp(signer, found);
}

enum outcome run_backup_verify(struct cli *cli, const struct command *command, const struct given *given)
{
    const char *signer = given_value(command, given, "--signer");
    struct target_conf conf;
    struct problem problem;
    struct checked checked;
    uint32_t agent = 0;
    if (repository_conf(cli, command, given, &conf, &problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    struct target *target = target_open(&conf, &(struct target_manner){ 0 }, &problem);
    int error = !target || repository_agent(command, given, target, &agent, &problem);
    target_close(target);
    const struct check_job job = {
        .conf = &conf, .agent = agent, .trusts = signer ? trusts : NULL, .tell = tell, .arg = (void *)signer
    };
    if (error || check_repository(&job, &checked, &problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    if (!checked.objects && !checked.bad) {
        problem_set(&problem, "no-backup", "--agent", "there is nothing of agent %" PRIu32 " in this target", agent);
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    }
    if (signer)
        snprintf(checked.signer, sizeof(checked.signer), "%s", signer);
    say(cli, agent, &checked, signer != NULL);
    return checked.bad ? OUTCOME_REFUSED : OUTCOME_OK;
}
