
#include "lib/class_numbers.h"
#include "lib/clock.h"
#include "lib/event/event.h"
#include "lib/event/head.h"
#include "lib/log.h"
#include "lib/seal/text.h"
#include "services/audit/retention/retainer_inside.h"

/* The days from first to last, both included. What the log says is done must be done: the next start tries again. */
static void erase(struct retainer *retainer, enum class class, uint32_t first, uint32_t last, bool keeps)
{
    struct problem problem;
    uint32_t *days = NULL;
    size_t n = 0;
    int error = seal_keys_days(retainer->options.keys, class, &days, &n, &problem);
    for (size_t i = 0; i < n && !error; i++) {
        if (days[i] >= first && days[i] <= last)
            error = seal_keys_erase(retainer->options.keys, class, days[i], keeps, &problem);
    }
    free(days);
    if (error)
        log_last("retention.not-erased", &problem);
}

static void take_erasing(struct retainer *retainer, const struct event_retention_erasing *erasing)
{
    uint32_t first, last;
    if (!seal_day_parse(erasing->erased_from, &first) && !seal_day_parse(erasing->erased_to, &last))
        erase(retainer, (enum class)erasing->class, first, last, erasing->has_values_kept);
}

static bool is_ours(int event)
{
    return event == EVENT_RETENTION_RULES || event == EVENT_RETENTION_DELETING || event == EVENT_RETENTION_ERASING;
}

static bool take(void *arg, uint64_t sequence, const char *text, size_t bytes)
{
    struct retainer *retainer = arg;
    struct event_head head;
    struct event_read read;
    (void)sequence;
    if (event_head_read(text, bytes, &head) || !is_ours(head.event) || event_read_stored(text, bytes, &read, NULL))
        return true;
    retention_take(&retainer->state, &read.event);
    if (read.event.event == EVENT_RETENTION_ERASING)
        take_erasing(retainer, read.event.data);
    event_free(&read);
    return true;
}

int retainer_read_log(struct retainer *retainer, uint64_t from, struct problem *problem)
{
    return ledger_read(retainer->options.ledger, CLASS_OPS, from, take, retainer, problem);
}

static void told(void *arg, const struct problem *unused)
{
    struct retainer *retainer = arg;
    struct problem problem;
    (void)unused; /* audit does not refuse its own */
    retainer->telling = false;
    retainer_note(retainer, retainer_read_log(retainer, retainer->telling_at, &problem), &problem);
    retainer_save(retainer);
    const struct call_log_erase_reply reply = { 0 };
    if (retainer->asked)
        answer_log_erase(retainer->asked, &reply);
    retainer->asked = NULL;
}

static void tell(struct retainer *retainer, uint64_t at, int error)
{
    retainer->telling = !error; /* when it is full, another time */
    retainer->telling_at = at;
}

static uint64_t next_in_ops(const struct retainer *retainer)
{
    return journal_next(ledger_journal(retainer->options.ledger), CLASS_OPS);
}

void retainer_tell_rules(struct retainer *retainer)
{
    const struct event_about about = { 0 };
    const uint64_t at = next_in_ops(retainer);
    uint64_t days[CLASS_COUNT], before[CLASS_COUNT], kept[CLASS_COUNT];
    char texts[3][CLASS_NUMBERS_BYTES];
    for (int class = 0; class < CLASS_COUNT; class ++) {
        days[class] = retainer->days[class];
        before[class] = retainer->state.classes[class].days;
        kept[class] = retainer->state.classes[class].kept_from;
    }
    class_numbers_format(days, CLASS_NUMBERS_ALL, texts[0]);
    class_numbers_format(before, CLASS_NUMBERS_ALL, texts[1]);
    class_numbers_format(kept, CLASS_NUMBERS_ALL, texts[2]);
    const struct event_retention_rules rules = {
        .retention = texts[0],
        .retention_before = before[0] ? texts[1] : NULL,
        .kept = texts[2],
    };
    tell(retainer, at, emit_retention_rules(retainer->options.bus, &about, &rules, told, retainer));
}

void retainer_tell_deleting(struct retainer *retainer, enum class class)
{
    const struct event_about about = { 0 };
    const uint64_t at = next_in_ops(retainer);
    const struct scan *scan = &retainer->scans[class];
    const struct event_retention_deleting deleting = {
        .class = class,
        .deleted_from = retainer->state.classes[class].kept_from,
        .kept_from = scan->next * TLOG_TILE_WIDTH,
        .due = scan->newest_ms + retainer->days[class] * RETENTION_DAY_MS,
    };
    tell(retainer, at, emit_retention_deleting(retainer->options.bus, &about, &deleting, told, retainer));
}

void retainer_tell_erasing(struct retainer *retainer, enum class class, uint32_t first, uint32_t last)
{
    const struct event_about about = { .sev = 3 };
    const uint64_t at = next_in_ops(retainer);
    char from[SEAL_DAY_BYTES], to[SEAL_DAY_BYTES];
    seal_day_format(first, from);
    seal_day_format(last, to);
    const struct event_retention_erasing erasing = { .class = (int)class, .erased_from = from, .erased_to = to };
    tell(retainer, at, emit_retention_erasing(retainer->options.bus, &about, &erasing, told, retainer));
}

static int read_range(const struct retainer *retainer, const struct call_log_erase *in, uint32_t *ret_first,
    uint32_t *ret_last, struct problem *problem)
{
    const uint32_t today = seal_day(clock_wall_ms()), least = (uint32_t)retainer->options.settings->erase_after_days;
    if (seal_day_parse(in->erased_from, ret_first) || seal_day_parse(in->erased_to, ret_last) || *ret_first > *ret_last)
        return problem_set(problem, "bad-field", "erased_to", "the first and the last day are as 2026-01-31");
    if (*ret_last + least >= today)
        return problem_set(problem, "too-early", "erased_to",
            "only days that ended %u days ago can be erased: audit.erase_after_days", least);
    return 0;
}

int retainer_tell_person(struct retainer *retainer)
{
    const struct person *person = &retainer->person;
    const struct event_about about = { .actor = bus_request_actor(person->request) };
    const uint64_t at = next_in_ops(retainer);
    char from[SEAL_DAY_BYTES], to[SEAL_DAY_BYTES];
    seal_day_format(person->first, from);
    seal_day_format(person->last, to);
    const struct event_retention_erasing erasing = { .class = (int)person->class,
        .erased_from = from,
        .erased_to = to,
        .reason = person->reason,
        .has_values_kept = true,
        .values_kept = person->n_kept };
    retainer->asked = person->request;
    tell(retainer, at, emit_retention_erasing(retainer->options.bus, &about, &erasing, told, retainer));
    if (!retainer->telling)
        retainer->asked = NULL;
    return retainer->telling ? 0 : -1;
}

static int erase_whole_days(
    struct retainer *retainer, struct bus_request *request, const struct call_log_erase *in, struct problem *problem)
{
    const struct event_about about = { .actor = bus_request_actor(request) };
    const struct event_retention_erasing erasing = {
        .class = in->class, .erased_from = in->erased_from, .erased_to = in->erased_to, .reason = in->reason
    };
    const uint64_t at = next_in_ops(retainer);
    if (retainer->telling)
        return problem_set(problem, "busy", "", "retention is at work: try again in a moment");
    retainer->asked = request;
    tell(retainer, at, emit_retention_erasing(retainer->options.bus, &about, &erasing, told, retainer));
    if (retainer->telling)
        return 0;
    retainer->asked = NULL;
    return problem_set(problem, "log-unavailable", "", "it cannot be recorded, so it is not done");
}

void retainer_erase(struct retainer *retainer, struct bus_request *request, const struct call_log_erase *in)
{
    struct problem problem;
    uint32_t first, last;
    int error = read_range(retainer, in, &first, &last, &problem);
    if (!error)
        error = in->erased_name ? retainer_person_begin(retainer, request, in, first, last, &problem)
                                : erase_whole_days(retainer, request, in, &problem);
    if (error)
        bus_refuse(request, &problem);
}
