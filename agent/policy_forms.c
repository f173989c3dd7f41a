#include "agent/policy_forms.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "lib/message/message.h"
#include "lib/signed/planned.h"

const unsigned policy_kinds = 1u << DOCUMENT_KIND_TASK | 1u << DOCUMENT_KIND_WATCH | 1u << DOCUMENT_KIND_BACKUP_PLAN |
                              1u << DOCUMENT_KIND_RESTORE | 1u << DOCUMENT_KIND_SETTING | 1u << DOCUMENT_KIND_UPDATE |
                              1u << DOCUMENT_KIND_MOVE;

static int word_of(const char *const *words, const char *text, size_t length)
{
    for (int i = 0; words[i]; i++) {
        if (strlen(words[i]) == length && !memcmp(words[i], text, length))
            return i;
    }
    return -1;
}

/* The next word of a list at *at, which moves behind it; 0 at the end. */
static size_t next_word(const char **at, const char **ret_word)
{
    *at += strspn(*at, " \t");
    *ret_word = *at;
    size_t length = strcspn(*at, " \t");
    *at += length;
    return length;
}

static int take_flag(const struct policy_key *key, const char *value, void *place)
{
    (void)key;
    if (strcmp(value, "on") && strcmp(value, "off"))
        return -1;
    *(bool *)place = !strcmp(value, "on");
    return 0;
}

static int take_kinds(const struct policy_key *key, const char *value, void *place)
{
    (void)key;
    const char *word;
    unsigned kinds = 0;
    bool none = !strcmp(value, "none");
    for (size_t length; !none && (length = next_word(&value, &word));) {
        int kind = word_of(document_kind_words, word, length);
        if (kind < 0 || !(policy_kinds >> kind & 1))
            return -1;
        kinds |= 1u << kind;
    }
    if (!none && !kinds)
        return -1;
    *(unsigned *)place = kinds;
    return 0;
}

static int take_users(const struct policy_key *key, const char *value, void *place)
{
    (void)key;
    const char *word;
    struct policy_users users = { 0 };
    bool none = !strcmp(value, "none");
    for (size_t length; !none && (length = next_word(&value, &word));) {
        if (length == 1 && *word == '*') {
            users.others = true;
            continue;
        }
        if (length >= POLICY_NAME_BYTES || users.count == POLICY_USERS)
            return -1;
        memcpy(users.names[users.count++], word, length);
    }
    if (!none && !users.others && !users.count)
        return -1;
    *(struct policy_users *)place = users;
    return 0;
}

static int take_paths(const struct policy_key *key, const char *value, void *place)
{
    (void)key;
    const char *word;
    struct policy_paths paths = { 0 };
    bool none = !strcmp(value, "none");
    for (size_t length; !none && (length = next_word(&value, &word));) {
        if (paths.count == POLICY_PATHS || length >= POLICY_PATH_BYTES)
            return -1;
        memcpy(paths.paths[paths.count], word, length);
        if (!planned_is_path(paths.paths[paths.count++]))
            return -1;
    }
    if (!none && !paths.count)
        return -1;
    *(struct policy_paths *)place = paths;
    return 0;
}

static int take_hours(const struct policy_key *key, const char *value, void *place)
{
    (void)key;
    return hours_parse(value, place);
}

static int take_consent(const struct policy_key *key, const char *value, void *place)
{
    (void)key;
    int consent = word_of(consent_words, value, strlen(value));
    if (consent < 0)
        return -1;
    *(int *)place = consent;
    return 0;
}

struct unit {
    const char *name;
    int64_t factor;
};
static const struct unit durations[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL, 0 } };
static const struct unit sizes[] = { { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { NULL, 0 } };
static const struct unit counts[] = { { "", 1 }, { NULL, 0 } };

/* Digits and a unit; there is none without one, so that nobody has to guess. */
static int take_number(const struct policy_key *key, const struct unit *units, const char *value, void *place)
{
    int64_t number = 0;
    const char *begin = value;
    for (; isdigit((unsigned char)*value) && value - begin < 10; value++)
        number = number * 10 + *value - '0';
    while (units->name && strcmp(units->name, value))
        units++;
    if (value == begin || !units->name)
        return -1;
    number *= units->factor;
    if (number < key->min || number > key->max)
        return -1;
    *(int64_t *)place = number;
    return 0;
}

static int take_duration(const struct policy_key *key, const char *value, void *place)
{
    return take_number(key, durations, value, place);
}

static int take_size(const struct policy_key *key, const char *value, void *place)
{
    return take_number(key, sizes, value, place);
}

static int take_count(const struct policy_key *key, const char *value, void *place)
{
    return take_number(key, counts, value, place);
}

static void show_flag(const void *place, char *ret, size_t room)
{
    snprintf(ret, room, "%s", *(const bool *)place ? "on" : "off");
}

static void show_kinds(const void *place, char *ret, size_t room)
{
    word_set_text(document_kind_words, *(const unsigned *)place, ret, room);
    if (!*ret)
        snprintf(ret, room, "none");
}

static void show_users(const void *place, char *ret, size_t room)
{
    const struct policy_users *users = place;
    int length = snprintf(ret, room, "%s", users->others ? "*" : users->count ? "" : "none");
    for (size_t i = 0; i < users->count && length < (int)room; i++)
        length += snprintf(ret + length, room - (size_t)length, "%s%s", length ? " " : "", users->names[i]);
}

static void show_paths(const void *place, char *ret, size_t room)
{
    const struct policy_paths *paths = place;
    int length = snprintf(ret, room, "%s", paths->count ? "" : "none");
    for (size_t i = 0; i < paths->count && length < (int)room; i++)
        length += snprintf(ret + length, room - (size_t)length, "%s%s", length ? " " : "", paths->paths[i]);
}

static void show_hours(const void *place, char *ret, size_t room)
{
    hours_format(place, ret, room);
}

static void show_consent(const void *place, char *ret, size_t room)
{
    snprintf(ret, room, "%s", consent_words[*(const int *)place]);
}

/* In the largest unit that is exact. */
static void show_number(const struct unit *units, const void *place, char *ret, size_t room)
{
    int64_t number = *(const int64_t *)place;
    const struct unit *best = units;
    for (; units->name; units++) {
        if (number % units->factor == 0)
            best = units;
    }
    snprintf(ret, room, "%lld%s", (long long)(number / best->factor), best->name);
}

static void show_duration(const void *place, char *ret, size_t room)
{
    show_number(durations, place, ret, room);
}

static void show_size(const void *place, char *ret, size_t room)
{
    show_number(sizes, place, ret, room);
}

static void show_count(const void *place, char *ret, size_t room)
{
    show_number(counts, place, ret, room);
}

/* Of flags that permit something. */
static bool tighten_flag(void *place, const void *by)
{
    *(bool *)place = *(bool *)place && *(const bool *)by;
    return *(bool *)place == *(const bool *)by;
}

static bool tighten_kinds(void *place, const void *by)
{
    *(unsigned *)place &= *(const unsigned *)by;
    return *(unsigned *)place == *(const unsigned *)by;
}

static bool tighten_consent(void *place, const void *by)
{
    if (*(int *)place < *(const int *)by)
        *(int *)place = *(const int *)by;
    return *(int *)place == *(const int *)by;
}

/* Of limits. */
static bool tighten_number(void *place, const void *by)
{
    if (*(int64_t *)place > *(const int64_t *)by)
        *(int64_t *)place = *(const int64_t *)by;
    return *(int64_t *)place == *(const int64_t *)by;
}

const struct policy_form policy_flag = { "on or off", take_flag, show_flag, tighten_flag };
const struct policy_form policy_kind_list = { "none or some of task watch backup-plan restore setting update move",
    take_kinds, show_kinds, tighten_kinds };
const struct policy_form policy_user_list = { "none, *, or at most 16 names", take_users, show_users, NULL };
const struct policy_form policy_path_list = { "none or at most 16 paths from the root, in one form", take_paths,
    show_paths, NULL };
const struct policy_form policy_hour_list = { "always or ranges as Mon..Fri 22:00-06:00, separated by commas",
    take_hours, show_hours, NULL };
const struct policy_form policy_consent_word = { "none, notify or ask", take_consent, show_consent, tighten_consent };
const struct policy_form policy_duration = { "a number with s, min, h or d, within its limits", take_duration,
    show_duration, tighten_number };
const struct policy_form policy_size = { "a number with K, M or G, within its limits", take_size, show_size,
    tighten_number };
const struct policy_form policy_count = { "a number within its limits", take_count, show_count, tighten_number };
