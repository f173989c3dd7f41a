#include "agent/backup/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/backup/names.h"
#include "agent/state.h"
#include "lib/calendar/civil.h"
#include "lib/message/message.h"
#include "lib/repository/retention.h"
#include "lib/target/conf.h"

static const char usage[] =
    "usage: vedette-agent-backup --target NAME [OPTION…] PATH…\n"
    "\n"
    "Back up what stands at the paths to a target of the owner's file.\n"
    "  --state DIR         the agent's state directory (default " STATE_DEFAULT ")\n"
    "  --home DIR          where caches are kept (default: " WORK_INSTALLED ", or the state directory)\n"
    "  --targets FILE      the owner's targets (default " TARGETS_DEFAULT ")\n"
    "  --target NAME       which of them\n"
    "  --exclude PATH      leave this out; may be repeated\n"
    "  --database PATH     a SQLite database, copied whole while it is in use; may be repeated\n"
    "  --dump NAME         what the owner's command NAME writes, in the folder dumps beside the targets; may be repeated\n"
    "  --anchor            self-contained, and a tar archive to stock tools\n"
    "  --class CLASS       daily, differential, weekly, server, access or manual (default)\n"
    "  --slot DATE         the date it stands for (default: today, UTC)\n"
    "  --kept-until DATE   the last date on which it is kept (default: as its class is)\n"
    "  --zone NAME         on whose walls these dates are\n"
    "  --backup ID         its 32 hexadecimal digits (default: random)\n"
    "  --base ID           the backup that a differential needs\n"
    "  --deployment ID     the deployment's 32 hexadecimal digits (default: zeros)\n"
    "  --bandwidth N       at most so many bytes a second to the target and from it\n"
    "  --cpu N             at most so many percent of all processors\n"
    "  --within PATH       nothing that stands outside of it; may be repeated\n"
    "\n"
    "For an order:\n"
    "  --ordered           say how far it is; paths that are not there are told as unread; go on where it was cut off\n"
    "  --plan ID           what backups of this plan have in common is looked up\n"
    "  --commit-to FILE    where the commit goes as well\n"
    "  --commit-by SECONDS since 1970: after it there is none any more\n";

enum {
    OPTION_STATE = 1,
    OPTION_HOME,
    OPTION_TARGETS,
    OPTION_TARGET,
    OPTION_EXCLUDE,
    OPTION_ANCHOR,
    OPTION_CLASS,
    OPTION_SLOT,
    OPTION_KEPT_UNTIL,
    OPTION_BACKUP,
    OPTION_BASE,
    OPTION_DEPLOYMENT,
    OPTION_ZONE,
    OPTION_DATABASE,
    OPTION_DUMP,
    OPTION_BANDWIDTH,
    OPTION_CPU,
    OPTION_WITHIN,
    OPTION_ORDERED,
    OPTION_PLAN,
    OPTION_COMMIT_TO,
    OPTION_COMMIT_BY,
    OPTION_HELP
};

static const struct option options[] = {
    { "state", required_argument, NULL, OPTION_STATE },
    { "home", required_argument, NULL, OPTION_HOME },
    { "targets", required_argument, NULL, OPTION_TARGETS },
    { "target", required_argument, NULL, OPTION_TARGET },
    { "exclude", required_argument, NULL, OPTION_EXCLUDE },
    { "anchor", no_argument, NULL, OPTION_ANCHOR },
    { "class", required_argument, NULL, OPTION_CLASS },
    { "slot", required_argument, NULL, OPTION_SLOT },
    { "kept-until", required_argument, NULL, OPTION_KEPT_UNTIL },
    { "backup", required_argument, NULL, OPTION_BACKUP },
    { "base", required_argument, NULL, OPTION_BASE },
    { "deployment", required_argument, NULL, OPTION_DEPLOYMENT },
    { "zone", required_argument, NULL, OPTION_ZONE },
    { "database", required_argument, NULL, OPTION_DATABASE },
    { "dump", required_argument, NULL, OPTION_DUMP },
    { "bandwidth", required_argument, NULL, OPTION_BANDWIDTH },
    { "cpu", required_argument, NULL, OPTION_CPU },
    { "within", required_argument, NULL, OPTION_WITHIN },
    { "ordered", no_argument, NULL, OPTION_ORDERED },
    { "plan", required_argument, NULL, OPTION_PLAN },
    { "commit-to", required_argument, NULL, OPTION_COMMIT_TO },
    { "commit-by", required_argument, NULL, OPTION_COMMIT_BY },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

static int wrong(const char *what, const char *value)
{
    fprintf(stderr, "vedette-agent-backup: %s: %s\n", what, value);
    return -1;
}

static int take_id(const char *name, const char *text, char ret[BACKUP_BYTES])
{
    if (strlen(text) != BACKUP_BYTES - 1 || strspn(text, "0123456789abcdef") != BACKUP_BYTES - 1)
        return wrong(name, "32 hexadecimal digits are wanted");
    memcpy(ret, text, BACKUP_BYTES);
    return 0;
}

static int take_date(const char *name, const char *text, int64_t *ret)
{
    return civil_parse(text, ret) ? wrong(name, "a date is wanted, as 2026-11-22") : 0;
}

/* Without links on the way, so that the walk, which follows none, gets there. */
static int take_path(const char *text, char **list, size_t *n)
{
    if (*n == WALK_PATHS_MAX)
        return wrong(text, "too many paths");
    char *path = text[0] == '/' ? realpath(text, NULL) : NULL;
    if (!path)
        return wrong(text, "no absolute path of something that is there");
    if (!strcmp(path, "/"))
        path[0] = '\0';
    list[(*n)++] = path;
    return 0;
}

/* A path to back up. In an order it may be absent: the plan was written for many machines. */
static int take_source(const char *text, struct backup_options *ret)
{
    if (!ret->ordered || *text != '/' || !access(text, F_OK))
        return take_path(text, ret->paths, &ret->n_paths);
    char *path = ret->n_absent < ABSENT_MAX ? strdup(text) : NULL;
    if (!path)
        return wrong(text, "too many paths");
    ret->absent[ret->n_absent++] = path;
    return 0;
}

/* Where its name stands. A link there is itself left out, and not what it leads to: whoever may lay one would have anybody's
 * folder left out. By an order one that is not there is no mistake. */
static int take_excluded(const char *text, struct backup_options *ret)
{
    const char *name = strrchr(text, '/');
    char *folder = *text == '/' ? strndup(text, (size_t)(name - text)) : NULL, *path = NULL;
    if (ret->n_excluded == WALK_PATHS_MAX || !folder || !name[1] || !strcmp(name, "/.") || !strcmp(name, "/..")) {
        free(folder);
        return wrong(text, "no absolute path, or too many");
    }
    char *whole = realpath(*folder ? folder : "/", NULL);
    free(folder);
    if (!whole)
        return ret->ordered ? 0 : wrong(text, "no absolute path of something that is there");
    int length = asprintf(&path, "%s%s", whole[1] ? whole : "", name);
    free(whole);
    if (length < 0)
        return wrong(text, "no memory");
    ret->excluded[ret->n_excluded++] = path;
    return 0;
}

/* What the owner lets be backed up may be missing. */
static int take_within(const char *text, struct backup_options *ret)
{
    ret->confined = true;
    return access(text, F_OK) ? 0 : take_path(text, ret->within, &ret->n_within);
}

/* Its name is that of a file in a folder of the owner's. */
static int take_dump(const char *name, struct backup_options *ret)
{
    if (ret->n_dumps == DUMPS_MAX || !*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return wrong(name, "no name of a dump, or too many");
    ret->dumps[ret->n_dumps++] = name;
    return 0;
}

/* A database that is not there is treated like any path that is not. */
static int take_database(const char *text, struct backup_options *ret)
{
    if (ret->n_databases == DATABASES_MAX)
        return wrong(text, "too many databases");
    return ret->ordered && access(text, F_OK) ? take_source(text, ret)
                                              : take_path(text, ret->databases, &ret->n_databases);
}

static int take_number(const char *name, const char *text, uint64_t most, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9' || !value || value > most)
        return wrong(name, "a number is wanted, within its limits");
    *ret = value;
    return 0;
}

static int take_folder(const char *text, char ret[PATH_MAX])
{
    return realpath(text, ret) ? 0 : wrong(text, "no folder that is there");
}

static int take(int option, const char *value, struct backup_options *ret)
{
    uint64_t number;
    int class;
    switch (option) {
    case OPTION_STATE:
        return take_folder(value, ret->state);
    case OPTION_HOME:
        return take_folder(value, ret->home);
    case OPTION_TARGETS:
        ret->targets = value;
        return 0;
    case OPTION_TARGET:
        ret->target = value;
        return 0;
    case OPTION_EXCLUDE:
        return take_excluded(value, ret);
    case OPTION_DATABASE:
        return take_database(value, ret);
    case OPTION_DUMP:
        return take_dump(value, ret);
    case OPTION_WITHIN:
        return take_within(value, ret);
    case OPTION_BANDWIDTH:
        return take_number("--bandwidth", value, UINT64_C(1) << 40, &ret->bandwidth_bytes_s);
    case OPTION_CPU:
        if (take_number("--cpu", value, 100, &number))
            return -1;
        ret->cpu_percent = (unsigned)number;
        return 0;
    case OPTION_ORDERED:
        ret->ordered = true;
        return 0;
    case OPTION_PLAN:
        ret->plan = value;
        return take_id("--plan", value, (char[BACKUP_BYTES]){ 0 });
    case OPTION_COMMIT_TO:
        ret->commit_to = value;
        return 0;
    case OPTION_COMMIT_BY:
        if (take_number("--commit-by", value, UINT64_C(1) << 40, &number))
            return -1;
        ret->commit_by_s = (int64_t)number;
        return 0;
    case OPTION_ANCHOR:
        ret->anchor = true;
        return 0;
    case OPTION_CLASS:
        class = word_index(backup_class_words, value);
        ret->class = (enum backup_class) class;
        return class < 0 ? wrong("--class", "there is no such class") : 0;
    case OPTION_SLOT:
        return take_date("--slot", value, &ret->slot);
    case OPTION_KEPT_UNTIL:
        return take_date("--kept-until", value, &ret->kept_until);
    case OPTION_BACKUP:
        return take_id("--backup", value, ret->backup);
    case OPTION_BASE:
        return take_id("--base", value, ret->base);
    case OPTION_DEPLOYMENT:
        return take_id("--deployment", value, ret->deployment);
    case OPTION_ZONE:
        if (strlen(value) >= sizeof(ret->zone))
            return wrong("--zone", "no name of a zone is so long");
        strcpy(ret->zone, value);
        return 0;
    default: /* --help, or what getopt_long has complained of */
        fputs(usage, stderr);
        return -1;
    }
}

static int compare(const void *a, const void *b)
{
    const char *one = *(const char *const *)a, *other = *(const char *const *)b;
    return path_compare(one, strlen(one), other, strlen(other));
}

void options_order(struct backup_options *given)
{
    size_t n = 0;
    qsort(given->paths, given->n_paths, sizeof(given->paths[0]), compare);
    for (size_t i = 0; i < given->n_paths; i++) {
        if (n && path_is_within(given->paths[i], given->paths[n - 1]))
            free(given->paths[i]);
        else
            given->paths[n++] = given->paths[i];
    }
    given->n_paths = n;
}

static void fill_in(struct backup_options *ret)
{
    uint8_t id[(BACKUP_BYTES - 1) / 2];
    if (!ret->backup[0]) {
        crypto_random(id, sizeof(id));
        crypto_hex(id, sizeof(id), ret->backup);
    }
    if (!ret->slot)
        ret->slot = civil_day_of(time(NULL));
    if (!ret->kept_until)
        ret->kept_until = retention_kept_until(&retention_rules.spans[ret->class], ret->slot);
    if (!ret->home[0])
        strcpy(ret->home, state_is_installed(ret->state) ? WORK_INSTALLED : ret->state);
}

int options_parse(int argc, char **argv, struct backup_options *ret)
{
    *ret = (struct backup_options){ .state = STATE_DEFAULT,
        .targets = TARGETS_DEFAULT,
        .class = BACKUP_CLASS_MANUAL,
        .deployment = "00000000000000000000000000000000" };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (take(option, optarg, ret))
            return -1;
    }
    for (int i = optind; i < argc; i++) {
        if (take_source(argv[i], ret))
            return -1;
    }
    if (!ret->target || (!ret->n_paths && !ret->n_absent && !ret->n_databases && !ret->n_dumps)) {
        fputs(usage, stderr);
        return -1;
    }
    options_order(ret);
    fill_in(ret);
    return 0;
}

void options_free(struct backup_options *given)
{
    for (size_t i = 0; i < given->n_paths; i++)
        free(given->paths[i]);
    for (size_t i = 0; i < given->n_excluded; i++)
        free(given->excluded[i]);
    for (size_t i = 0; i < given->n_databases; i++)
        free(given->databases[i]);
    for (size_t i = 0; i < given->n_within; i++)
        free(given->within[i]);
    for (size_t i = 0; i < given->n_absent; i++)
        free(given->absent[i]);
}
