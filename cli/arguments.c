#include "cli/arguments.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "lib/clock.h"
#include "lib/envelope/key.h"
#include "lib/problem.h"

#define DURATION_MAX_S (INT64_C(366) * 86400 * 100) /* no period that people mean is longer */

/* Whether word is the option `name`, with its value behind `=` (then *ret_value is set) or not. */
static bool is_option(const char *word, const char *name, const char **ret_value)
{
    size_t length = strlen(name);
    if (strncmp(word, name, length) || (word[length] && word[length] != '='))
        return false;
    *ret_value = word[length] ? word + length + 1 : NULL;
    return true;
}

struct global {
    const char *name;
    const char **text; /* NULL: a flag */
    bool *flag;
};

/* 1: taken, *i stands on its last word. 0: no global option. -1: problem. */
static int take_global(const struct global *globals, int argc, char **argv, int *i, struct problem *problem)
{
    for (const struct global *global = globals; global->name; global++) {
        const char *value;
        if (!is_option(argv[*i], global->name, &value))
            continue;
        if (global->flag) {
            if (value)
                return problem_set(problem, "usage", global->name, "%s takes no value", global->name);
            *global->flag = true;
            return 1;
        }
        if (!value && *i + 1 == argc)
            return problem_set(problem, "usage", global->name, "%s needs a value", global->name);
        *global->text = value ? value : argv[++*i];
        return 1;
    }
    return 0;
}

static const char *find_state(void)
{
    bool installed = access(STATE_DEFAULT "/vedette.conf", F_OK) && !access(STATE_INSTALLED "/vedette.conf", F_OK);
    return installed ? STATE_INSTALLED : STATE_DEFAULT;
}

int arguments_globals(int *argc, char **argv, struct globals *ret, struct problem *problem)
{
    struct globals found = { 0 };
    const struct global globals[] = {
        { "--state", &found.state, NULL },
        { "--url", &found.url, NULL },
        { "--token-file", &found.token_file, NULL },
        { "--ca", &found.ca, NULL },
        { "--home", &found.home, NULL },
        { "--json", NULL, &found.json },
        { "--help", NULL, &found.help },
        { "-h", NULL, &found.help },
        { "--version", NULL, &found.version },
        { 0 },
    };
    int left = 0;
    bool ended = false;
    for (int i = 1; i < *argc; i++) {
        ended = ended || !strcmp(argv[i], "--");
        int taken = ended ? 0 : take_global(globals, *argc, argv, &i, problem);
        if (taken < 0)
            return -1;
        if (!taken)
            argv[left++] = argv[i];
    }
    *argc = left;
    found.state = found.state ? found.state : find_state();
    *ret = found;
    return 0;
}

static bool is_fingerprint(const char *text)
{
    return strlen(text) == FINGERPRINT_HEX_BYTES - 1 && strspn(text, "0123456789abcdef") == FINGERPRINT_HEX_BYTES - 1;
}

static int add(
    const struct command *command, struct given *given, size_t index, const char *value, struct problem *problem)
{
    const struct argument *argument = &command->arguments[index];
    if (given->n[index] && !argument->repeated)
        return problem_set(problem, "usage", argument->name, "%s stands twice", argument->name);
    if (given->n[index] == VALUES_MAX)
        return problem_set(problem, "usage", argument->name, "more than %d times %s", VALUES_MAX, argument->name);
    if (argument->as == AS_FINGERPRINT && !is_fingerprint(value))
        return problem_set(problem, "usage", argument->name,
            "%s wants the fingerprint of a key, %d digits from 0 to f, and \"%.80s\" is none", argument->name,
            FINGERPRINT_HEX_BYTES - 1, value);
    given->values[index][given->n[index]++] = value;
    return 0;
}

static int take_option(
    const struct command *command, int argc, char **argv, int *i, struct given *given, struct problem *problem)
{
    for (size_t index = 0; index < ARGUMENTS_MAX && command->arguments[index].name; index++) {
        const struct argument *argument = &command->arguments[index];
        const char *value;
        if (!is_option(argv[*i], argument->name, &value))
            continue;
        if (argument->as == AS_FLAG)
            return value ? problem_set(problem, "usage", argument->name, "%s takes no value", argument->name)
                         : add(command, given, index, "true", problem);
        if (!value && *i + 1 == argc)
            return problem_set(problem, "usage", argument->name, "%s needs %s", argument->name, argument->value);
        return add(command, given, index, value ? value : argv[++*i], problem);
    }
    return problem_set(problem, "usage", argv[*i], "%s has no option %s", command->words, argv[*i]);
}

/* The next argument that stands by its place takes the word; the last one, if it is repeated, all that follow. */
static int take_place(const struct command *command, const char *word, struct given *given, struct problem *problem)
{
    for (size_t index = 0; index < ARGUMENTS_MAX && command->arguments[index].name; index++) {
        const struct argument *argument = &command->arguments[index];
        if (argument->name[0] != '-' && (!given->n[index] || argument->repeated))
            return add(command, given, index, word, problem);
    }
    return problem_set(problem, "usage", word, "%s does not take \"%s\"", command->words, word);
}

int arguments_parse(const struct command *command, int argc, char **argv, struct given *ret, struct problem *problem)
{
    struct given given = { 0 };
    bool only_places = false;
    for (int i = 0; i < argc; i++) {
        int error = 0;
        if (!only_places && !strcmp(argv[i], "--"))
            only_places = true;
        else if (!only_places && argv[i][0] == '-' && argv[i][1])
            error = take_option(command, argc, argv, &i, &given, problem);
        else
            error = take_place(command, argv[i], &given, problem);
        if (error)
            return -1;
    }
    for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].name; i++) {
        if (command->arguments[i].required && !given.n[i])
            return problem_set(problem, "usage", command->arguments[i].name, "%s needs %s", command->words,
                command->arguments[i].name);
    }
    *ret = given;
    return 0;
}

size_t argument_index(const struct command *command, const char *name)
{
    size_t i = 0;
    while (i < ARGUMENTS_MAX && command->arguments[i].name && strcmp(command->arguments[i].name, name))
        i++;
    assert(i < ARGUMENTS_MAX && command->arguments[i].name);
    return i;
}

const char *given_value(const struct command *command, const struct given *given, const char *name)
{
    size_t i = argument_index(command, name);
    return given->n[i] ? given->values[i][0] : NULL;
}

int duration_parse(const char *text, int64_t *ret_s)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || errno || number > DURATION_MAX_S)
        return -1;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!strcmp(end, units[i].unit) && number <= DURATION_MAX_S / units[i].seconds) {
            *ret_s = number * units[i].seconds;
            return 0;
        }
    }
    return -1;
}

int until_parse(const char *text, int64_t now_ms, int64_t *ret_ms)
{
    int64_t seconds;
    if (!duration_parse(text, &seconds)) {
        *ret_ms = now_ms + seconds * 1000;
        return 0;
    }
    return clock_parse_rfc3339(text, ret_ms);
}
