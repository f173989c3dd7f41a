/* Audit's subscribers: what is kept of them, and what the next start finds. */
#include "tests/unit/folder.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/audit/streams/subscribers.h"

static char folder[FOLDER_BYTES];
static char path[64];
static struct subscribers *subscribers;
static struct problem problem;
static const uint64_t heads[CLASS_COUNT] = { 10, 20, 30, 40 };

static const char *key(unsigned number)
{
    static char text[BUS_KEY_BYTES];
    snprintf(text, sizeof(text), "%040u", number);
    return text;
}

static const struct subscriber *add(const char *name, unsigned number)
{
    struct grant grant;
    assert_int_equal(grant_read("ops alert", "acme", 2, "vedette.alert.opened.v1", &grant, &problem), 0);
    return subscribers_add(subscribers, name, key(number), &grant, heads, 1000, &problem);
}

static void start_anew(void)
{
    subscribers_free(subscribers);
    subscribers = subscribers_open(path, &problem);
    assert_non_null(subscribers);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/audit.db", folder);
    start_anew();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    subscribers_free(subscribers);
    subscribers = NULL;
    folder_remove(folder);
    return 0;
}

static void what_was_added_is_there_after_a_start(void **state)
{
    (void)state;
    uint32_t number = add("soc", 1)->number;
    start_anew();
    const struct subscriber *found = subscribers_by_key(subscribers, key(1));
    assert_int_equal(found->number, number);
    assert_string_equal(found->name, "soc");
    assert_int_equal(found->grant.classes, 1u << CLASS_OPS | 1u << CLASS_ALERT);
    assert_string_equal(found->grant.tenant, "acme");
    assert_int_equal(found->grant.least_sev, 2);
    assert_true(resume_types_have(&found->grant.types, EVENT_ALERT_OPENED));
    assert_false(resume_types_have(&found->grant.types, EVENT_ALERT_RESOLVED));
    assert_int_equal(found->cursor[CLASS_OPS], heads[CLASS_OPS]);
    assert_int_equal(found->cursor[CLASS_ALERT], heads[CLASS_ALERT]);
    assert_int_equal(found->contact_ms, 0);
}

static void names_and_keys_are_not_taken_twice(void **state)
{
    (void)state;
    uint32_t number = add("soc", 1)->number;
    assert_null(add("soc", 2));
    assert_string_equal(problem.code, "name-taken");
    assert_null(add("other", 1));
    assert_string_equal(problem.code, "key-known");
    assert_int_equal(subscribers_revoke(subscribers, number, 2000, &problem), 0);
    assert_null(add("soc", 1));
    assert_string_equal(problem.code, "key-known");
    assert_true(add("soc", 2)->number > number);
}

static void who_is_revoked_stays_revoked(void **state)
{
    (void)state;
    uint32_t number = add("soc", 1)->number;
    size_t n;
    assert_int_equal(subscribers_revoke(subscribers, number + 1, 2000, &problem), -1);
    assert_int_equal(subscribers_revoke(subscribers, number, 2000, &problem), 0);
    assert_int_equal(subscribers_revoke(subscribers, number, 3000, &problem), 0);
    assert_null(subscribers_by_key(subscribers, key(1)));
    assert_null(subscribers_by_number(subscribers, number));
    start_anew();
    assert_null(subscribers_by_key(subscribers, key(1)));
    assert_int_equal(subscribers_all(subscribers, &n)[0].revoked_ms, 2000);
    assert_int_equal(n, 1);
}

static void how_far_one_is_survives_the_end(void **state)
{
    (void)state;
    add("soc", 1);
    struct subscriber *subscriber = subscribers_by_key(subscribers, key(1));
    subscriber->cursor[CLASS_ALERT] = 99;
    subscriber->contact_ms = 5000;
    subscriber->moved = true;
    start_anew();
    subscriber = subscribers_by_key(subscribers, key(1));
    assert_int_equal(subscriber->cursor[CLASS_ALERT], 99);
    assert_int_equal(subscriber->cursor[CLASS_OPS], heads[CLASS_OPS]);
    assert_int_equal(subscriber->contact_ms, 5000);
    assert_false(subscriber->moved);
}

static void the_oldest_revoked_one_makes_room(void **state)
{
    (void)state;
    char name[16];
    size_t n;
    for (unsigned i = 0; i < SUBSCRIBERS_MAX; i++) {
        snprintf(name, sizeof(name), "soc%u", i);
        assert_non_null(add(name, i));
    }
    assert_null(add("one more", SUBSCRIBERS_MAX));
    assert_string_equal(problem.code, "too-many");
    uint32_t third = subscribers_by_key(subscribers, key(2))->number;
    assert_int_equal(subscribers_revoke(subscribers, third, 2000, &problem), 0);
    assert_non_null(add("one more", SUBSCRIBERS_MAX));
    start_anew();
    assert_string_equal(subscribers_by_key(subscribers, key(SUBSCRIBERS_MAX))->name, "one more");
    assert_string_equal(subscribers_by_key(subscribers, key(3))->name, "soc3");
    assert_int_equal(subscribers_all(subscribers, &n)[2].number, third + 1);
    assert_int_equal(n, SUBSCRIBERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_added_is_there_after_a_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_and_keys_are_not_taken_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_revoked_stays_revoked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(how_far_one_is_survives_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_revoked_one_makes_room, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
