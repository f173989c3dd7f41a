/* `vedette log export`: a copy of a log that whoever has it verifies alone: checkpoint, key, tiles, entries. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/log/open.h"
#include "cli/run.h"
#include "lib/files.h"

struct export
{
    const struct tlog_source *source;
    char folder[PATH_MAX];
    uint64_t files, absent;
};

/* Make the folders of a path within the copy. */
static int make_folders(const char *folder, char *path, struct problem *problem)
{
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        int error = dir_make(path, 0755, problem);
        if (error)
            return -1;
    }
    return 0;
}

static int put(const struct export *export, const char *name, const void *data, size_t bytes, struct problem *problem)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", export->folder, name) >= (int)sizeof(path))
        return problem_set(problem, "file", "", "the path of the copy is too long");
    return make_folders(export->folder, path, problem) || file_write(path, data, bytes, 0644, problem) ? -1 : 0;
}

static int copy_tile(struct export *export, int level, uint64_t number, struct problem *problem)
{
    const struct tlog_source *source = export->source;
    struct tlog_tile tile = { level, tlog_tile_width(source->size, level, number), number };
    char name[TLOG_PATH_BYTES];
    const uint8_t *data;
    size_t bytes;
    struct problem found;
    if (source->read(source->arg, &tile, &data, &bytes, &found)) {
        if (level == TLOG_BUNDLE && !strcmp(found.code, "absent")) { /* retention has taken it: its hashes remain */
            export->absent++;
            return 0;
        }
        *problem = found;
        return -1;
    }
    tlog_tile_path(&tile, name);
    export->files++;
    return put(export, name, data, bytes, problem);
}

static int copy_tiles(struct export *export, struct problem *problem)
{
    for (int level = TLOG_BUNDLE; level < TLOG_LEVELS; level++) {
        uint64_t count = tlog_tile_count(export->source->size, level);
        for (uint64_t number = 0; number < count; number++) {
            if (copy_tile(export, level, number, problem))
                return -1;
        }
    }
    return 0;
}

static int copy(struct export *export, const struct opened_log *log, struct problem *problem)
{
    char vkey[TLOG_VKEY_BYTES + 1];
    tlog_vkey_format(&log->policy.log, vkey);
    strcat(vkey, "\n");
    /* The checkpoint last: a copy that broke off is none. */
    return dir_make(export->folder, 0755, problem) || put(export, "vkey", vkey, strlen(vkey), problem) ||
                   copy_tiles(export, problem) || put(export, "checkpoint", log->note, log->note_bytes, problem)
               ? -1
               : 0;
}

enum outcome run_log_export(struct cli *cli, const struct command *command, const struct given *given)
{
    char path[PATH_MAX];
    struct opened_log log;
    struct problem problem;
    struct export export = { 0 };
    if (log_path(cli, given_value(command, given, "LOG"), path, &problem) ||
        cli_path(cli, given_value(command, given, "FOLDER"), export.folder, &problem) ||
        log_open_at(cli, command, given, path, &log, &problem))
        return log_fail(command, &problem);
    struct tlog_source source = log_source(&log);
    export.source = &source;
    int error = copy(&export, &log, &problem);
    if (!error)
        printf("%s: %" PRIu64 " entries, %" PRIu64 " files", log.checkpoint.origin, log.checkpoint.size, export.files);
    if (!error && export.absent)
        printf("; %" PRIu64 " bundles were deleted before: the ops log, which a verifier needs then, says why",
            export.absent);
    if (!error)
        putchar('\n');
    log_close(&log);
    return error ? log_fail(command, &problem) : OUTCOME_OK;
}
