#include "agent/counter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/state.h"
#include "lib/beat.h"
#include "lib/files.h"
#include "lib/problem.h"

/* One line "name number\n"; returns what follows it, or NULL. */
static const char *parse_line(const char *text, const char *name, uint64_t *ret)
{
    size_t length = strlen(name);
    if (strncmp(text, name, length) || text[length] != ' ' || text[length + 1] < '0' || text[length + 1] > '9')
        return NULL;
    char *end;
    errno = 0;
    uint64_t number = strtoull(text + length + 1, &end, 10);
    if (errno || *end != '\n' || number > COUNTER_MAX)
        return NULL;
    *ret = number;
    return end + 1;
}

int counter_parse(const char *text, size_t bytes, struct counter *ret, struct problem *problem)
{
    uint64_t reserved, woken;
    const char *rest = parse_line(text, "reserved", &reserved);
    if (rest)
        rest = parse_line(rest, "woken", &woken);
    if (!rest || rest != text + bytes || !reserved)
        return problem_set(problem, "bad-state", COUNTER_FILE,
            "%s must hold the lines `reserved N` and `woken N`, N at most 2^62: enrol anew rather than guess",
            COUNTER_FILE);
    *ret = (struct counter){ .next = reserved, .reserved = reserved, .woken = woken };
    return 0;
}

int counter_save(const struct counter *counter, struct problem *problem)
{
    char text[80];
    int length =
        snprintf(text, sizeof(text), "reserved %" PRIu64 "\nwoken %" PRIu64 "\n", counter->reserved, counter->woken);
    return file_write(COUNTER_FILE, text, (size_t)length, 0600, problem);
}

/* Have values up to `until` on disk before any of them is used. */
static int reserve(struct counter *counter, uint64_t until, struct problem *problem)
{
    struct counter wanted = *counter;
    wanted.reserved = until;
    if (until > COUNTER_MAX)
        return problem_set(problem, "bad-state", COUNTER_FILE, "no counter is left: enrol anew");
    if (counter_save(&wanted, problem))
        return -1;
    counter->reserved = until;
    return 0;
}

int counter_open(struct counter *ret, struct problem *problem)
{
    struct counter counter = { .next = 1, .reserved = 1 };
    char *text;
    size_t bytes;
    if (state_has(COUNTER_FILE)) {
        if (file_read_secret(COUNTER_FILE, STATE_FILE_LIMIT_BYTES, &text, &bytes, problem))
            return -1;
        int error = counter_parse(text, bytes, &counter, problem);
        free(text);
        if (error)
            return -1;
    }
    if (reserve(&counter, counter.next + BEAT_COUNTER_BLOCK, problem))
        return -1;
    *ret = counter;
    return 0;
}

int counter_top_up(struct counter *counter, struct problem *problem)
{
    if (counter->reserved - counter->next > BEAT_COUNTER_BLOCK / 2)
        return 0;
    return reserve(counter, counter->reserved + BEAT_COUNTER_BLOCK, problem);
}

int counter_take(struct counter *counter, uint64_t *ret_value)
{
    if (counter->next == counter->reserved)
        return -1;
    *ret_value = counter->next++;
    return 0;
}

int counter_rise(struct counter *counter, uint64_t above, struct problem *problem)
{
    if (above < counter->next)
        return 0;
    if (above >= COUNTER_MAX - BEAT_COUNTER_BLOCK)
        return problem_set(problem, "bad-counter", "counter", "the server claims a counter beyond 2^62");
    if (reserve(counter, above + 1 + BEAT_COUNTER_BLOCK, problem))
        return -1;
    counter->next = above + 1;
    return 0;
}
