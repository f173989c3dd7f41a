#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/conf.h"
#include "cli/init/init.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/crypto.h"

#define CONF "vedette.conf"
#define USER_PREFIX "vedette-"

static const char *const *user_setting(const struct settings *settings, int folder)
{
    const char *const *users[FOLDER_COUNT] = { &settings->ingest.user, &settings->portal.user,
        &settings->scheduler.user, &settings->backup.user, &settings->audit.user, &settings->alert.user };
    return users[folder];
}

static int set_line(struct buf *text, const char *name, const char *value, struct problem *problem)
{
    struct buf changed = { 0 };
    if (conf_set(text->data, name, value, &changed)) {
        buf_free(&changed);
        return problem_set(problem, "no-memory", CONF, "no memory for %s", CONF);
    }
    buf_free(text);
    *text = changed;
    return 0;
}

static int set_assignment(struct buf *text, const char *assignment, struct problem *problem)
{
    char name[128];
    const char *equals = strchr(assignment, '=');
    if (!equals || (size_t)(equals - assignment) >= sizeof(name) || strchr(equals, '\n'))
        return problem_set(problem, "bad-setting", "", "\"%.100s\" is not section.key=value", assignment);
    snprintf(name, sizeof(name), "%.*s", (int)(equals - assignment), assignment);
    return set_line(text, name, equals + 1, problem);
}

/* A service runs as the user who has its name, if there is one and the settings name no other. */
static int set_users(struct buf *text, const struct settings *settings, struct problem *problem)
{
    for (int i = 0; i < FOLDER_COUNT && geteuid() == 0; i++) {
        char name[32], user[32];
        snprintf(name, sizeof(name), "%s.user", folder_names[i]);
        snprintf(user, sizeof(user), USER_PREFIX "%s", folder_names[i]);
        if (!**user_setting(settings, i) && getpwnam(user) && set_line(text, name, user, problem))
            return -1;
    }
    if (geteuid() == 0 && !*settings->offsite.user && getpwnam(USER_PREFIX "ship"))
        return set_line(text, "offsite.user", USER_PREFIX "ship", problem);
    return 0;
}

/* The log's origins must be unique in the world, and must never change. */
static int set_deployment(struct buf *text, const struct settings *settings, struct problem *problem)
{
    uint8_t random[10];
    char name[24];
    if (*settings->common.deployment)
        return 0;
    crypto_random(random, sizeof(random));
    crypto_base32(random, sizeof(random), name);
    for (char *c = name; *c; c++)
        *c = (char)tolower(*c);
    return set_line(text, "common.deployment", name, problem);
}

static int load_text(struct buf *ret, struct problem *problem)
{
    if (!keep_has(CONF))
        return conf_template(ret) ? problem_set(problem, "no-memory", CONF, "no memory for %s", CONF) : 0;
    char *text = keep_read(CONF, problem);
    int error = text ? buf_text(ret, text) : -1;
    free(text);
    return error;
}

/* What was written is read back as the services will read it; a bad value never replaces a good file. */
static int store(const struct buf *text, struct layout *layout, struct problem *problem)
{
    static const char draft[] = CONF ".draft";
    if (keep_write(draft, text->data, 0644, &layout->us, problem))
        return -1;
    if (config_load(draft, NULL, 0, &layout->settings, problem)) {
        unlink(draft);
        return -1;
    }
    if (rename(draft, CONF))
        return problem_errno(problem, "file", CONF, "cannot replace %s", CONF);
    return 0;
}

static int find_owners(struct layout *layout, struct problem *problem)
{
    for (int i = 0; i < FOLDER_COUNT; i++) {
        if (owner_of(*user_setting(&layout->settings, i), &layout->owners[i], problem))
            return -1;
    }
    const char *redis = getpwnam(USER_PREFIX "redis") ? USER_PREFIX "redis" : "";
    return owner_of(layout->settings.offsite.user, &layout->ship, problem) || owner_of(redis, &layout->redis, problem)
               ? -1
               : 0;
}

int init_conf(const char *const *assignments, size_t n, struct layout *ret, struct problem *problem)
{
    struct layout layout;
    struct buf text = { 0 };
    int error = owner_of("", &layout.us, problem) || load_text(&text, problem);
    for (size_t i = 0; i < n && !error; i++)
        error = set_assignment(&text, assignments[i], problem);
    error = error || store(&text, &layout, problem) || set_users(&text, &layout.settings, problem) ||
            set_deployment(&text, &layout.settings, problem) || store(&text, &layout, problem) ||
            find_owners(&layout, problem);
    buf_free(&text);
    if (error)
        return -1;
    *ret = layout;
    return 0;
}
