#include "agent/work/envelopes/rekeying.h"

#include <stdio.h>
#include <string.h>

#include "agent/options.h"
#include "agent/work/home.h"
#include "agent/work/place.h"
#include "agent/work/work.h"
#include "lib/problem.h"

static int rekey(const struct options *options, int *ret_told, bool *ret_made, struct problem *problem)
{
    static struct work work;
    if (options->n_words != 2 || strcmp(options->words[1], "next"))
        return problem_set(problem, "bad-option", "", "keys next");
    if (place_enter(options, &work.state, problem) || place_lock(problem))
        return -1;
    if (!home_exists())
        return problem_set(problem, "no-trust", "", "this machine trusts nobody yet, and so has no mail to seal");
    if (knowledge_load(&work.knowledge, problem))
        return -1;
    work.post = post_open(work.state, work.knowledge.trust, work.knowledge.home.deployment, problem);
    if (!work.post || post_settle(work.post, problem))
        return -1;
    *ret_told = post_rekey(work.post, ret_made, problem);
    if (*ret_told >= 0 && *ret_made)
        telling_note(&work, "new keys", NULL, "for this machine's mail, by the word of its root");
    post_close(work.post);
    return *ret_told < 0 ? -1 : 0;
}

int rekeying_command(const struct options *options, char **argv)
{
    (void)argv;
    struct problem problem;
    bool made;
    int told;
    if (rekey(options, &told, &made, &problem))
        return say_problem(&problem);
    printf("%s\nThe server is told within seconds; `vedette-agent activity` says when they are in use.\n",
        made ? "Other keys for this machine's mail are made." : "The next keys were made before, and are told again.");
    return fflush(stdout) ? 1 : 0;
}

void rekeying_known(struct work *work, const struct opened *opened)
{
    bool backup = opened->purpose == ENVELOPE_BACKUP_REKEYED;
    const struct envelope_rekeyed *rekeyed = opened->message;
    const struct envelope_backup_rekeyed *backup_rekeyed = opened->message;
    if (!post_rekeyed(work->post, opened->from, backup ? backup_rekeyed->sign_key : rekeyed->sign_key))
        return;
    telling_note(work, "rekeyed", NULL, backup ? "mail to the backup service" : "mail to the scheduler");
    /* The key before is taken until something came that is signed by this one. */
    work->report_due = work->report_due || !backup;
}
