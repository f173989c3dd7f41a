/* One person's fields: the keys of everybody else's on those days are put together first, some entries at a time; then
 * the log says so, and the days' own keys go. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/event/head.h"
#include "lib/seal/text.h"
#include "services/audit/retention/retainer_inside.h"

#define SOME_ENTRIES 512 /* in one call: some milliseconds */
#define NEXT_US 1000
#define WAIT_US 100000 /* until something else has been told */

/* The first day from `from` on that has something to erase. 1: there is one; -1 + problem. */
static int next_day(const struct retainer *retainer, uint32_t from, uint32_t *ret, struct problem *problem)
{
    const struct person *person = &retainer->person;
    uint32_t *days = NULL, next = UINT32_MAX;
    size_t n = 0;
    if (seal_keys_days(retainer->options.keys, person->class, &days, &n, problem))
        return -1;
    for (size_t i = 0; i < n; i++)
        next = days[i] >= from && days[i] <= person->last && days[i] < next ? days[i] : next;
    free(days);
    *ret = next;
    return next != UINT32_MAX;
}

/* An entry of that day stands behind bundles whose newest is older. A day's room, for clocks that were set. */
static int find_begin(struct retainer *retainer, struct problem *problem)
{
    struct person *person = &retainer->person;
    const int64_t begins_ms = ((int64_t)person->day - 1) * RETENTION_DAY_MS;
    uint64_t low = retainer->state.classes[person->class].kept_from / TLOG_TILE_WIDTH;
    uint64_t high = retention_bundles(retainer_posted(retainer, person->class));
    int64_t newest_ms;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (retainer_newest_of(retainer, person->class, middle, &newest_ms, problem))
            return -1;
        if (newest_ms < begins_ms)
            low = middle + 1;
        else
            high = middle;
    }
    person->next = low * TLOG_TILE_WIDTH;
    return 0;
}

static bool take(void *arg, uint64_t sequence, const char *text, size_t bytes)
{
    struct retainer *retainer = arg;
    struct person *person = &retainer->person;
    int64_t recorded_ms;
    person->over = !event_recorded(text, bytes, &recorded_ms) && seal_day(recorded_ms) > person->day + 1;
    if (person->over || !person->left)
        return false;
    int status = seal_keep(
        retainer->options.seal, person->class, person->day, person->name, text, bytes, &person->kept, person->problem);
    person->failed = status < 0;
    person->n_entries += status > 0;
    person->left--;
    person->next = sequence + 1;
    return !person->failed;
}

/* 1: the day is read. */
static int read_some(struct retainer *retainer, struct problem *problem)
{
    struct person *person = &retainer->person;
    person->left = SOME_ENTRIES;
    person->over = person->failed = false;
    person->problem = problem;
    if (ledger_read(retainer->options.ledger, person->class, person->next, take, retainer, problem) || person->failed)
        return -1;
    return person->over || person->left;
}

static int keep_day(struct retainer *retainer, struct problem *problem)
{
    struct person *person = &retainer->person;
    int error = seal_keys_keep(retainer->options.keys, person->class, person->day, &person->kept, problem);
    person->n_kept += person->kept.n;
    seal_kept_free(&person->kept);
    return error;
}

static void forget(struct retainer *retainer)
{
    struct person *person = &retainer->person;
    for (uint32_t day = person->first; next_day(retainer, day, &day, NULL) > 0; day++)
        seal_keys_keep_not(retainer->options.keys, person->class, day);
    seal_kept_free(&person->kept);
    person->request = NULL;
}

static void give_up(struct retainer *retainer, const struct problem *problem)
{
    struct bus_request *request = retainer->person.request;
    forget(retainer);
    bus_refuse(request, problem);
}

/* 1: there is more to do; 0: all days are read. */
static int go_on(struct retainer *retainer, struct problem *problem)
{
    struct person *person = &retainer->person;
    if (person->reading) {
        int read = read_some(retainer, problem);
        if (read <= 0)
            return read < 0 ? -1 : 1;
        if (keep_day(retainer, problem))
            return -1;
        person->from = person->day + 1;
    }
    int found = next_day(retainer, person->from, &person->day, problem);
    person->reading = found > 0;
    return found > 0 && find_begin(retainer, problem) ? -1 : found;
}

static void end(struct retainer *retainer, struct problem *problem)
{
    struct person *person = &retainer->person;
    if (!person->n_entries) {
        problem_set(problem, "not-found", "erased_name", "no personal field of these days has this value");
        give_up(retainer, problem);
    } else if (retainer->telling) {
        loop_timer_set(retainer->person_timer, WAIT_US);
    } else if (retainer_tell_person(retainer)) {
        problem_set(problem, "log-unavailable", "", "it cannot be recorded, so it is not done");
        give_up(retainer, problem);
    } else {
        person->request = NULL;
    }
}

void retainer_person_step(void *arg)
{
    struct retainer *retainer = arg;
    struct problem problem;
    int more = go_on(retainer, &problem);
    if (more > 0)
        loop_timer_set(retainer->person_timer, NEXT_US);
    else if (more < 0)
        give_up(retainer, &problem);
    else
        end(retainer, &problem);
}

int retainer_person_begin(struct retainer *retainer, struct bus_request *request, const struct call_log_erase *in,
    uint32_t first, uint32_t last, struct problem *problem)
{
    struct person *person = &retainer->person;
    if (person->request)
        return problem_set(problem, "busy", "", "somebody else's fields are being erased: try again in a moment");
    *person = (struct person){
        .request = request, .class = (enum class)in->class, .first = first, .last = last, .from = first
    };
    snprintf(person->name, sizeof(person->name), "%s", in->erased_name);
    snprintf(person->reason, sizeof(person->reason), "%s", in->reason);
    loop_timer_set(retainer->person_timer, 0);
    return 0;
}
