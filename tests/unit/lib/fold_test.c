#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/fold.h"

/* What was told: how many events, and of how many refusals. */
static struct {
    int refuse; /* the outbox is full */
    unsigned events, refusals;
    struct fold_kind last;
} told;

static int tell(void *arg, const struct fold_kind *kind)
{
    (void)arg;
    if (told.refuse)
        return -1;
    told.events++;
    told.refusals += kind->count;
    told.last = *kind;
    return 0;
}

static void add(struct fold *fold, const char *code, const char *user, const char *address)
{
    fold_add(
        fold, &(struct refusal){ .code = code, .call = "agent.rename", .user = user, .address = address }, tell, NULL);
}

static int set_up(void **state)
{
    (void)state;
    memset(&told, 0, sizeof(told));
    return 0;
}

static void the_first_is_told_at_once_and_the_rest_with_its_number(void **state)
{
    (void)state;
    struct fold fold = { 0 };
    for (int i = 0; i < 1000; i++)
        add(&fold, "bad-password", i ? "mallory" : "eve", "192.0.2.1");
    assert_int_equal(told.events, 1);
    assert_int_equal(told.last.count, 1);
    fold_period(&fold, tell, NULL);
    assert_int_equal(told.events, 2);
    assert_int_equal(told.last.count, 999);
    assert_string_equal(told.last.user, "eve");
    assert_string_equal(told.last.address, "192.0.2.1");
    fold_period(&fold, tell, NULL);
    assert_int_equal(told.events, 2);
    add(&fold, "bad-password", "eve", "192.0.2.1");
    assert_int_equal(told.events, 3);
}

static void another_code_or_network_is_another_kind(void **state)
{
    (void)state;
    struct fold fold = { 0 };
    add(&fold, "bad-password", NULL, "192.0.2.1");
    add(&fold, "locked", NULL, "192.0.2.1");
    add(&fold, "bad-password", NULL, "192.0.2.2");
    add(&fold, "bad-password", NULL, "2001:db8::1");
    add(&fold, "bad-password", NULL, "2001:db8::2"); /* whoever has one address of a /64 has them all */
    assert_int_equal(told.events, 4);
}

static void by_user_networks_do_not_matter(void **state)
{
    (void)state;
    struct fold fold = { .by_user = true };
    add(&fold, "no-permission", "alice", "192.0.2.1");
    add(&fold, "no-permission", "alice", "192.0.2.2");
    add(&fold, "no-permission", "bob", "192.0.2.2");
    assert_int_equal(told.events, 2);
}

static void however_many_kinds_the_events_are_bounded_and_none_is_lost(void **state)
{
    (void)state;
    struct fold fold = { 0 };
    for (int i = 0; i < 5000; i++) {
        char address[32];
        snprintf(address, sizeof(address), "192.0.%d.%d", i / 250 % 20, i % 250);
        add(&fold, "bad-password", "eve", address);
    }
    fold_period(&fold, tell, NULL);
    assert_true(told.events <= 2 * FOLD_KINDS + 1);
    assert_int_equal(told.refusals, 5000);
    assert_string_equal(told.last.code, FOLD_VARIOUS);
    assert_string_equal(told.last.user, "");
}

static void what_cannot_be_told_goes_on_being_counted(void **state)
{
    (void)state;
    struct fold fold = { 0 };
    told.refuse = 1;
    for (int i = 0; i < FOLD_KINDS + 3; i++) {
        char address[32];
        snprintf(address, sizeof(address), "192.0.2.%d", i);
        add(&fold, "bad-password", "eve", address);
    }
    fold_period(&fold, tell, NULL);
    add(&fold, "bad-password", "eve", "192.0.2.7");
    add(&fold, "bad-password", "eve", "198.51.100.1"); /* finds no room still */
    told.refuse = 0;
    fold_period(&fold, tell, NULL);
    assert_int_equal(told.refusals, FOLD_KINDS + 5);
    assert_int_equal(told.events, FOLD_KINDS + 1);
    assert_int_equal(told.last.count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_is_told_at_once_and_the_rest_with_its_number, set_up),
        cmocka_unit_test_setup(another_code_or_network_is_another_kind, set_up),
        cmocka_unit_test_setup(by_user_networks_do_not_matter, set_up),
        cmocka_unit_test_setup(however_many_kinds_the_events_are_bounded_and_none_is_lost, set_up),
        cmocka_unit_test_setup(what_cannot_be_told_goes_on_being_counted, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
