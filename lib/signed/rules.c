#include "lib/signed/rules.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/signed/planned.h"
#include "lib/signed/watched.h"
#include "lib/version.h"

static int bad(struct problem *problem, const char *member, const char *reason)
{
    return problem_set(problem, "bad-document", member, "%s", reason);
}

static int check_head(const struct document_head *head, struct problem *problem)
{
    bool only_one = head->kind == DOCUMENT_KIND_TRUST || head->kind == DOCUMENT_KIND_STATUS ||
                    head->kind == DOCUMENT_KIND_REVOCATION;
    if (only_one && strcmp(head->document, head->deployment))
        return bad(problem, "document", "a deployment has one trust file, status and revocation: each bears its id");
    if (head->expires <= head->not_before)
        return bad(problem, "expires", "it expires before it begins");
    if (head->kind == DOCUMENT_KIND_UNFREEZE && head->version < 2)
        return bad(problem, "version", "unfreezing is a later version of the document that froze");
    return 0;
}

static int compare_targets(const void *a, const void *b)
{
    return strcmp((*(const struct document_target *const *)a)->fingerprint,
        (*(const struct document_target *const *)b)->fingerprint);
}

static int check_targets(const struct document_scope *scope, struct problem *problem)
{
    const struct document_target **sorted = calloc(scope->n_targets + 1, sizeof(*sorted));
    bool twice = false;
    if (!sorted)
        return problem_set(problem, "no-memory", "", "no memory for a document");
    for (size_t i = 0; i < scope->n_targets; i++)
        sorted[i] = &scope->targets[i];
    qsort(sorted, scope->n_targets, sizeof(*sorted), compare_targets);
    for (size_t i = 1; i < scope->n_targets; i++)
        twice = twice || !strcmp(sorted[i - 1]->fingerprint, sorted[i]->fingerprint);
    free(sorted);
    return twice ? bad(problem, "targets", "an agent stands twice among the targets") : 0;
}

static int check_scope(const struct document *document, struct problem *problem)
{
    int kind = document->body.head.kind;
    struct document_scope scope;
    document_scope(document, &scope);
    if (scope.site && !scope.tenant)
        return bad(problem, "site", "a site is one of a tenant");
    if (scope.n_targets && scope.tenant)
        return bad(problem, "targets", "a document is for agents by name, or for those of a tenant, not both");
    /* What stops may be for everybody; what begins something says for whom. */
    bool needs = kind_rows[kind].needs & NEEDS_UNFROZEN;
    if (needs && !scope.n_targets && !scope.tenant)
        return bad(problem, "targets", "it does not say for which agents it is");
    return check_targets(&scope, problem);
}

/* Within the folder that a run gets: no way leads out of it. A path from the root begins with an empty part. */
static bool path_stays(const char *path)
{
    for (const char *part = path;; part++) {
        size_t length = strcspn(part, "/");
        if (!length || !strncmp(part, "..", length) || !strncmp(part, ".", length))
            return false;
        part += length;
        if (!*part)
            return true;
    }
}

static bool variable_name_valid(const char *name)
{
    bool digit_first = *name >= '0' && *name <= '9';
    return !digit_first && !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")];
}

static int check_files(const struct document_task *task, struct problem *problem)
{
    for (size_t i = 0; i < task->n_files; i++) {
        if (!path_stays(task->files[i].path))
            return bad(problem, "files", "the path of a file must lead into the run's own folder");
        for (size_t j = 0; j < i; j++) {
            if (!strcmp(task->files[i].path, task->files[j].path))
                return bad(problem, "files", "two files have one path");
        }
    }
    return 0;
}

static int check_task(const struct document_task *task, struct problem *problem)
{
    if (!task->n_argv == !task->script)
        return bad(problem, "argv", "a task has a command or a script, and not both");
    const char *program = task->script ? task->script->interpreter[0] : task->argv[0];
    if (*program != '/')
        return bad(problem, task->script ? "script" : "argv", "the program is named by its whole path");
    for (size_t i = 0; i < task->n_environment; i++) {
        if (!variable_name_valid(task->environment[i].name))
            return bad(problem, "environment", "a variable's name has letters, digits and _, no digit first");
        for (size_t j = 0; j < i; j++) {
            if (!strcmp(task->environment[i].name, task->environment[j].name))
                return bad(problem, "environment", "a variable stands twice");
        }
    }
    return check_files(task, problem);
}

/* The version is a folder's name, too, and versions are compared. */
static int check_update(const struct document_update *update, struct problem *problem)
{
    uint64_t version;
    if (version_parse(update->package->version, &version))
        return bad(problem, "package", "a version is three numbers with points between");
    return 0;
}

static int check_revocation(const struct document_revocation *revocation, struct problem *problem)
{
    if (!revocation->n_documents && !revocation->n_keys)
        return bad(problem, "documents", "a revocation names documents or keys");
    return 0;
}

int rules_check(const struct document *document, struct problem *problem)
{
    if (check_head(&document->body.head, problem) || check_scope(document, problem))
        return -1;
    if (document->body.head.kind == DOCUMENT_KIND_TASK)
        return check_task(&document->body.task, problem);
    if (document->body.head.kind == DOCUMENT_KIND_WATCH)
        return watched_check(document->body.watch.watches, document->body.watch.n_watches, problem);
    if (document->body.head.kind == DOCUMENT_KIND_BACKUP_PLAN)
        return planned_check_plan(&document->body.backup_plan, problem);
    if (document->body.head.kind == DOCUMENT_KIND_RESTORE)
        return planned_check_restore(&document->body.restore, problem);
    if (document->body.head.kind == DOCUMENT_KIND_UPDATE)
        return check_update(&document->body.update, problem);
    if (document->body.head.kind == DOCUMENT_KIND_REVOCATION)
        return check_revocation(&document->body.revocation, problem);
    return 0;
}
