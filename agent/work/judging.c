#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/policy_rules.h"
#include "agent/work/effects.h"
#include "agent/work/freeze.h"
#include "agent/work/runs/account.h"
#include "agent/work/updating.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/problem.h"

int judging_policy(struct work *work, struct problem *problem)
{
    if (policy_find(work->policy_path, &work->policy, problem))
        return -1;
    effects_restrict(work);
    return 0;
}

int64_t judging_hours_away_ms(const struct hours *hours, int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm local;
    localtime_r(&now, &local);
    int wait = hours_wait(hours, ((local.tm_wday + 6) % 7 * 24 + local.tm_hour) * 60 + local.tm_min);
    return wait < 0 ? INT64_MAX : wait ? (int64_t)wait * 60000 - local.tm_sec * 1000 : 0;
}

bool judging_frozen(const struct work *work, struct problem *problem)
{
    const struct home *home = &work->knowledge.home;
    if (work->policy.freeze || freeze_is_local(work->policy_path)) {
        problem_set(problem, "frozen", "freeze", "this machine's owner has frozen it");
        return true;
    }
    if (work->unread_freeze) {
        problem_set(problem, "frozen", "", "a document that this machine holds cannot be read, and may be a freeze");
        return true;
    }
    for (size_t i = 0; i < work->n_held; i++) {
        const struct document *document = &work->held[i]->document;
        const struct document_head *head = &document->body.head;
        if (head->kind != DOCUMENT_KIND_FREEZE ||
            !document_is_for(document, post_fingerprint(work->post), home->tenant, home->site))
            continue;
        problem_set(problem, "frozen", "", "a freeze signed by %.100s is in force: %.100s", work->held[i]->signers,
            head->title);
        return true;
    }
    return false;
}

/* What a task asks of this machine. */
static int ask_of_task(const struct work *work, const struct document_task *task, struct account *account,
    struct policy_ask *ask, struct problem *problem)
{
    struct stat mail;
    if (account_find(task->user, account, problem))
        return -1;
    ask->user = task->user;
    ask->is_root = account->uid == 0;
    ask->is_agent = !fstat(work->state, &mail) && mail.st_uid == account->uid && account->uid != 0;
    ask->script = task->script != NULL;
    ask->timeout_s = task->timeout_s;
    ask->output_bytes = task->output_limit_bytes;
    ask->memory_bytes = task->has_memory_limit_bytes ? (int64_t)task->memory_limit_bytes : 0;
    ask->processes = task->has_processes_limit ? task->processes_limit : 0;
    return 0;
}

/* Whose rights a restore has in the folder. */
static int ask_of_user(const struct work *work, const char *user, struct policy_ask *ask, struct problem *problem)
{
    struct stat mail;
    struct account account;
    if (account_find(user, &account, problem))
        return -1;
    ask->user = user;
    ask->is_root = account.uid == 0;
    ask->is_agent = !fstat(work->state, &mail) && mail.st_uid == account.uid && account.uid != 0;
    return 0;
}

/* What a watch's script asks of it: the same as a task that is a script. */
static int ask_of_script(
    const struct work *work, const struct document_watched *watch, struct policy_ask ask, struct problem *problem)
{
    struct stat mail;
    struct account account;
    const char *user = watch->user ? watch->user : "nobody";
    if (account_find(user, &account, problem))
        return -1;
    ask.user = user;
    ask.is_root = account.uid == 0;
    ask.is_agent = !fstat(work->state, &mail) && mail.st_uid == account.uid && account.uid != 0;
    ask.script = watch->script != NULL;
    ask.timeout_s = watch->has_timeout_s ? watch->timeout_s : 0;
    return policy_allows(&work->policy, &ask, problem);
}

static int ask_of_scripts(
    const struct work *work, const struct document_watch *watch, const struct policy_ask *ask, struct problem *problem)
{
    for (size_t i = 0; i < watch->n_watches; i++) {
        if (watch->watches[i].kind == WATCH_KIND_SCRIPT && ask_of_script(work, &watch->watches[i], *ask, problem))
            return -1;
    }
    return 0;
}

/* judge() asks for this when its turn in the order of checks has come. */
static int ask_policy(void *arg, const struct document *document, struct problem *problem)
{
    const struct work *work = arg;
    const struct document_head *head = &document->body.head;
    struct account account;
    struct policy_ask ask = { .kind = (enum document_kind)head->kind,
        .life_s = (head->expires - (head->made_at < head->not_before ? head->made_at : head->not_before)) / 1000 };
    if (head->kind == DOCUMENT_KIND_TASK && ask_of_task(work, &document->body.task, &account, &ask, problem))
        return -1;
    if (head->kind == DOCUMENT_KIND_RESTORE && ask_of_user(work, document->body.restore.user, &ask, problem))
        return -1;
    if (head->kind == DOCUMENT_KIND_UPDATE && updating_allows(document->body.update.package, problem))
        return -1;
    if (effects_allow(work, document, problem))
        return -1;
    if (head->kind == DOCUMENT_KIND_BACKUP_PLAN &&
        policy_allows_plan(&work->policy, &document->body.backup_plan, problem))
        return -1;
    if (head->kind == DOCUMENT_KIND_WATCH && ask_of_scripts(work, &document->body.watch, &ask, problem))
        return -1;
    return policy_allows(&work->policy, &ask, problem);
}

void judging_successors(const struct work *work, struct successors *ret)
{
    struct trust_revoked revoked = knowledge_revoked(&work->knowledge);
    ret->n = 0;
    for (size_t i = 0; i < work->n_held; i++) {
        const struct document *document = &work->held[i]->document;
        if (!revocation_names(revoked, &document->body.head))
            successors_add(ret, document);
    }
}

int judging_judge(struct work *work, const struct held *held, struct judgement *ret, struct problem *problem)
{
    const struct document_head *head = held_head(held);
    struct successors successors;
    struct judgement judgement;
    struct progress progress;
    bool seen = progress_exists(head->document);
    if ((seen && progress_load(head->document, &progress, problem)) || judging_policy(work, problem))
        return -1;
    judging_successors(work, &successors);
    struct known known = {
        .trust = work->knowledge.trust,
        .revoked = knowledge_revoked(&work->knowledge),
        .status = knowledge_has_status(&work->knowledge),
        .frozen = judging_frozen(work, NULL),
        .fingerprint = post_fingerprint(work->post),
        .tenant = *work->knowledge.home.tenant ? work->knowledge.home.tenant : NULL,
        .site = *work->knowledge.home.site ? work->knowledge.home.site : NULL,
        .version = seen ? progress.version : 0,
        .now_ms = knowledge_now(&work->knowledge, clock_wall_ms()),
        .fresh_within_s = (uint32_t)work->policy.fresh_within_s,
        .policy = ask_policy,
        .policy_arg = work,
        .receipt = held_receipt(held),
        .successors = &successors,
    };
    if (seen)
        memcpy(known.version_sha256, progress.sha256, sizeof(known.version_sha256));
    if (following_forked(work) && kind_rows[head->kind].needs & NEEDS_RECEIPT)
        return problem_set(problem, "fork", "", "the log showed two histories: nothing is carried out any more");
    if (judge(&held->dsse, &held->document, &known, &judgement, problem))
        return -1;
    if (ret)
        *ret = judgement;
    return 0;
}
