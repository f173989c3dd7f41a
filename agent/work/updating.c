#include "agent/work/updating.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/health.h"
#include "agent/helper.h"
#include "agent/programs.h"
#include "agent/update/staging.h"
#include "agent/update/update.h"
#include "agent/work/runs/files.h"
#include "agent/work/work.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/package.h"
#include "lib/problem.h"

#define STAGINGS_MAX 3 /* of one document: the machine went down within so many */
#define SYSTEMCTL "/usr/bin/systemctl"
#define GUARD_SERVICE "vedette-agent-guard.service"
#define SYSTEMCTL_LIMIT_MS 10000

static const char *folder(const struct work *work)
{
    return work->installed ? PROGRAMS_INSTALLED : PROGRAMS_OWN;
}

int updating_allows(const struct document_package *package, struct problem *problem)
{
    uint64_t version, floor;
    if (update_floor(vedette_version, &floor, problem))
        return -1;
    if (version_parse(package->version, &version) || version <= floor)
        return problem_set(problem, "old-version", "package",
            "version %s of the agent is not newer than what runs or ran here", package->version);
    if (strcmp(package->platform, vedette_platform))
        return problem_set(problem, "other-platform", "package", "the package is for %.32s, and this machine is %s",
            package->platform, vedette_platform);
    if (package->bytes > PACKAGE_BYTES_MAX)
        return problem_set(problem, "bad-package", "package", "the package is larger than %u bytes", PACKAGE_BYTES_MAX);
    return 0;
}

/* From the package to a version that lies ready. */

static int check_word(const struct document_package *signed_as, const struct package *package, struct problem *problem)
{
    if (!strcmp(signed_as->version, package->version) && !strcmp(signed_as->platform, package->platform))
        return 0;
    return problem_set(problem, "bad-package", "package",
        "the package is version %s for %s, and %s for %.32s was signed", package->version, package->platform,
        signed_as->version, signed_as->platform);
}

static int lay_out(struct work *work, const struct document_package *signed_as, struct problem *problem)
{
    struct package package;
    char *data;
    if (files_read(work->post, signed_as->sha256, signed_as->bytes, &data, problem))
        return -1;
    int error = package_read(data, signed_as->bytes, &package, problem);
    free(data);
    if (error)
        return -1;
    error = check_word(signed_as, &package, problem) || staging_keep_own(folder(work), problem) ||
            staging_lay_out(folder(work), &package, vedette_version, problem) ||
            programs_link(folder(work), PROGRAMS_PREVIOUS, vedette_version, problem);
    package_free(&package);
    return error ? -1 : 0;
}

static int mark(void *arg, struct problem *problem)
{
    (void)arg;
    return file_write(UPDATING_FILE, "", 0, 0600, problem);
}

static int unmark(void *arg, struct problem *problem)
{
    (void)arg, (void)problem;
    unlink(UPDATING_FILE);
    return 0;
}

/* Durable: from here on the guard has it. */
static int write_down(struct work *work, struct held *held, struct problem *problem)
{
    struct update update = { .document_version = held_head(held)->version, .step = UPDATE_STAGED };
    snprintf(update.document, sizeof(update.document), "%s", held_head(held)->document);
    snprintf(update.from, sizeof(update.from), "%s", vedette_version);
    snprintf(update.to, sizeof(update.to), "%s", held->document.body.update.package->version);
    if (post_outside(work->post, mark, NULL, problem))
        return -1;
    if (!update_save(&update, problem))
        return 0;
    post_outside(work->post, unmark, NULL, NULL);
    return -1;
}

/* A kill within it begins it anew: nothing has been done yet that another attempt would repeat. */
static int try_to_stage(struct work *work, struct held *held, struct problem *problem)
{
    if (held->progress.runs >= STAGINGS_MAX)
        return problem_set(problem, "update-cut-off", "", "the machine went down each time it was laid out");
    held->progress.runs++;
    if (progress_save(&held->progress, problem))
        return -1;
    return lay_out(work, held->document.body.update.package, problem) || write_down(work, held, problem) ? -1 : 0;
}

void updating_start(struct work *work, struct held *held)
{
    const struct document_package *package = held->document.body.update.package;
    struct problem problem;
    char detail[2 * VERSION_BYTES + 8];
    int error = try_to_stage(work, held, &problem);
    files_forget(work->post, package->sha256);
    held->progress.begun = !error;
    held->progress.over = error;
    if (error) {
        telling_note_refused(held, NULL, &problem);
        ending_without_run(work, held, 0, RUN_STATE_REFUSED, &problem);
        return;
    }
    if (progress_save(&held->progress, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
    snprintf(detail, sizeof(detail), "%s to %s", vedette_version, package->version);
    telling_note(work, "staged", held, detail);
    telling_run(work, held, 0, RUN_STATE_RUNNING, NULL);
    work_look(work);
}

/* With the guard, and back. */

static int ask_for_guard(const struct work *work)
{
    char *const argv[] = { (char *)SYSTEMCTL, (char *)"start", (char *)"--no-block", (char *)GUARD_SERVICE, NULL };
    char said[256];
    if (work->installed)
        return helper_ask(SYSTEMCTL, argv, SYSTEMCTL_LIMIT_MS, said, sizeof(said));
    return write(STDOUT_FILENO, "update\n", 7) == 7 ? 0 : -1;
}

/* Once a process: whoever tries it outlives us. */
static void hand_over(struct work *work, struct update *update)
{
    struct problem problem;
    if (work->handed_over)
        return;
    work->handed_over = true;
    if (!ask_for_guard(work) || update->step != UPDATE_STAGED || !work->installed)
        return;
    update->step = UPDATE_ROLLED_BACK;
    snprintf(update->code, sizeof(update->code), "no-guard");
    snprintf(update->reason, sizeof(update->reason), "systemd cannot start " GUARD_SERVICE);
    if (update_save(update, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
    post_outside(work->post, unmark, NULL, NULL);
    work_look(work);
}

static bool has_ended(const struct work *work, const struct update *update)
{
    char current[VERSION_BYTES];
    programs_linked(folder(work), PROGRAMS_CURRENT, current);
    const struct update_found found = { !strcmp(current, update->to), update_floor_is_up(update->to), false };
    return update_next(update, &found) == UPDATE_END;
}

/* A kill between telling and forgetting finds it told. */
static void tell_end(struct work *work, const struct update *update)
{
    struct held *held = work_find(work, update->document);
    struct problem problem = { 0 };
    bool well = update->step == UPDATE_HEALTHY;
    if (held && held_head(held)->version == update->document_version && !held->progress.over) {
        if (!well)
            problem_set(&problem, update->code, "", "%s", update->reason);
        held->progress.begun = held->progress.over = true;
        telling_note(work, well ? "done" : "failed", held, well ? NULL : update->reason);
        ending_without_run(work, held, 0, well ? RUN_STATE_DONE : RUN_STATE_FAILED, &problem);
    }
    work->report_due = true;
    update_forget();
}

/* One that cannot be read may be half done: nothing begins until it can, or root has removed it. */
void updating_look(struct work *work)
{
    struct update update;
    struct problem problem;
    bool known = work->updating;
    int status = update_load(&update, &problem);
    work->updating = status < 0 || (!status && !has_ended(work, &update));
    if (status < 0) {
        if (!known)
            log_problem(LOG_LEVEL_ERROR, "work.no-update", &problem);
    } else if (!status && work->updating) {
        hand_over(work, &update);
    } else if (!status) {
        tell_end(work, &update);
    }
}
