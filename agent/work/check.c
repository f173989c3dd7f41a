#include "agent/work/check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/options.h"
#include "agent/work/home.h"
#include "agent/work/loading.h"
#include "agent/work/place.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"

#define WOULD_NOT 3
#define OCCURRENCES_SHOWN 3

static void print_when(const struct held *held, int64_t now_ms)
{
    char time[RFC3339_BYTES];
    int64_t at_ms = now_ms;
    for (int i = 0; held->plan.recurring && i < OCCURRENCES_SHOWN; i++) {
        at_ms = calendar_next(&held->plan.calendar, held->plan.zone, at_ms);
        if (at_ms >= held->plan.expires_ms)
            return;
        clock_rfc3339(time, at_ms);
        printf("due         %.19sZ\n", time);
    }
}

static void print_plan(const struct document_backup_plan *plan)
{
    printf("backs up    ");
    for (size_t i = 0; i < plan->n_paths; i++)
        printf("%s ", plan->paths[i]);
    for (size_t i = 0; i < plan->n_databases; i++)
        printf("%s ", plan->databases[i]);
    for (size_t i = 0; i < plan->n_dumps; i++)
        printf("dump:%s ", plan->dumps[i]);
    printf("\nto          %s\n", plan->target);
    for (size_t i = 0; i < plan->n_classes; i++)
        printf("when        %s, %s: %s\n", plan_class_words[plan->classes[i].class], plan->zone,
            plan->classes[i].calendar);
}

static void print_what(const struct held *held)
{
    const struct document_head *head = held_head(held);
    const struct document_task *task = &held->document.body.task;
    printf("document    %s version %u, %s: %s\n", head->document, head->version, document_kind_words[head->kind],
        head->title);
    if (head->kind == DOCUMENT_KIND_UPDATE)
        printf("installs    version %s of the agent\n", held->document.body.update.package->version);
    if (head->kind == DOCUMENT_KIND_BACKUP_PLAN)
        print_plan(&held->document.body.backup_plan);
    if (head->kind != DOCUMENT_KIND_TASK)
        return;
    printf(
        "runs        %s as %s, at most %u s\n", task->script ? "a script" : task->argv[0], task->user, task->timeout_s);
    print_when(held, clock_wall_ms());
}

/* A receipt comes when a document is submitted; a file that has none is judged up to there. */
static int say(const struct held *held, int refused, const struct problem *problem)
{
    print_what(held);
    if (!refused)
        printf("verdict     would be carried out\n");
    else if (!strcmp(problem->code, "no-receipt"))
        printf("verdict     would be carried out once the log has it\n");
    else if (!strcmp(problem->code, "not-yet"))
        printf("verdict     would be kept for later: %s\n", problem->reason);
    else
        printf("verdict     would be refused: %s (%s)\n", problem->reason, problem->code);
    bool taken = !refused || !strcmp(problem->code, "no-receipt") || !strcmp(problem->code, "not-yet");
    return fflush(stdout) ? 1 : taken ? 0 : WOULD_NOT;
}

int check_command(const struct options *options, char **argv)
{
    (void)argv;
    static struct work work;
    static char policy[PATH_MAX];
    struct problem problem;
    char *text;
    size_t bytes;
    if (options->n_words != 3 || strcmp(options->words[1], "check")) {
        problem_set(&problem, "bad-option", "", "policy check FILE");
        return say_problem(&problem);
    }
    work.policy_path = options_whole(options->policy, policy);
    if (file_read(options->words[2], DSSE_BYTES, &text, &bytes, &problem))
        return say_problem(&problem);
    struct held *held = held_read(text, NULL, NULL, &problem);
    free(text);
    if (!held || place_enter(options, &work.state, &problem))
        return say_problem(&problem);
    if (!home_exists())
        return say_problem((problem_set(&problem, "no-trust", "", "this machine trusts nobody yet"), &problem));
    if (loading_load(&work, &problem))
        return say_problem(&problem);
    int refused = judging_judge(&work, held, NULL, &problem);
    int status = say(held, refused, &problem);
    held_free(held);
    return status;
}
