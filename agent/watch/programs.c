/* What other programs know best: systemd's units, the packages' updates, the disks' own assessment, scripts. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/helper.h"
#include "agent/watch/look.h"
#include "agent/watch/readings.h"
#include "agent/watch/sampler.h"
#include "contract.h"
#include "lib/problem.h"

#define UNIT_LIMIT_MS 5000
#define UPDATES_LIMIT_MS 120000 /* a slow disk, a thousand packages */
#define SMART_LIMIT_MS 30000    /* a disk that spins up */
#define SCRIPT_LIMIT_MS 610000  /* work ends it before, at its own timeout_s of at most 600 s */

static void run(struct sampling *sampling, char *const *argv, int64_t limit_ms,
    void (*ended)(void *arg, const struct child_end *))
{
    if (child_start(&sampling->child, sampling->loop, argv, limit_ms, ended, sampling))
        sampling_found(sampling, LEVEL_UNKNOWN, "cannot execute %s: %s", argv[0], strerror(errno));
}

/* A service that runs has processes in its cgroup, and the kernel tells that for a thousandth of what systemctl takes. */
static bool is_populated(const char *unit)
{
    char path[256], text[128];
    snprintf(path, sizeof(path), "/sys/fs/cgroup/system.slice/%s/cgroup.events", unit);
    FILE *file = strchr(unit, '/') ? NULL : fopen(path, "re");
    size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = '\0';
    return strstr(text, "populated 1") != NULL;
}

static void unit_shown(void *arg, const struct child_end *end)
{
    struct sampling *sampling = arg;
    struct sample sample;
    if (child_failed(sampling, "systemctl", end))
        return;
    unit_read(end->text, &sample);
    sampling_done(sampling, &sample);
}

void sample_unit(struct sampling *sampling)
{
    const char *unit = sampling->watch->unit;
    if (is_populated(unit)) {
        sampling_done(sampling, &(struct sample){ 0 });
        return;
    }
    char *argv[] = { (char *)"systemctl", (char *)"show", (char *)"--property=LoadState,ActiveState,SubState",
        (char *)"--", (char *)unit, NULL };
    run(sampling, argv, UNIT_LIMIT_MS, unit_shown);
}

static void updates_counted(void *arg, const struct child_end *end)
{
    struct sampling *sampling = arg;
    struct sample sample;
    if (child_failed(sampling, "apt-get", end))
        return;
    if (WEXITSTATUS(end->status)) {
        sampling_found(sampling, LEVEL_UNKNOWN, "apt-get ended with status %d", WEXITSTATUS(end->status));
        return;
    }
    updates_read(end->text, &sample);
    sampling_done(sampling, &sample);
}

/* It takes no lock and changes nothing; how old its lists are is apt's own timer's business. */
void sample_updates(struct sampling *sampling)
{
    char *argv[] = { (char *)"apt-get", (char *)"--simulate", (char *)"-qq", (char *)"-o",
        (char *)"Debug::NoLocking=true", (char *)"upgrade", NULL };
    run(sampling, argv, UPDATES_LIMIT_MS, updates_counted);
}

static void disk_told(void *arg, const struct child_end *end)
{
    struct sampling *sampling = arg;
    struct sample sample;
    if (child_failed(sampling, "smartctl", end))
        return;
    /* Its exit status is a set of bits, of which most say what the text says better. */
    smart_read(end->text, end->bytes, &sample);
    sampling_done(sampling, &sample);
}

void sample_smart(struct sampling *sampling)
{
    char *argv[] = { (char *)"smartctl", (char *)"--json=c", (char *)"--health", (char *)"--attributes",
        (char *)sampling->watch->device, NULL };
    run(sampling, argv, SMART_LIMIT_MS, disk_told);
}

static void script_ended(void *arg, const struct child_end *end)
{
    struct sampling *sampling = arg;
    struct sample sample;
    if (child_failed(sampling, "vedette-agent-work", end))
        return;
    look_read(end->text, &sample);
    sampling_done(sampling, &sample);
}

/* What is run is the document's, not what stands in watches.json: vedette-agent-work verifies it anew each time, and prints a
 * line as vedette-agent-look does. */
void sample_script(struct sampling *sampling)
{
    char program[PATH_MAX];
    struct problem problem;
    char *argv[] = { program, (char *)"script", (char *)"--state", (char *)".", (char *)sampling->document,
        (char *)sampling->watch->name, NULL };
    if (helper_find("vedette-agent-work", program, &problem))
        sampling_found(sampling, LEVEL_UNKNOWN, "%s", problem.reason);
    else
        run(sampling, argv, SCRIPT_LIMIT_MS, script_ended);
}
