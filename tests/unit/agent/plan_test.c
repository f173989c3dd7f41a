#include "agent/plan.h"
#include "tests/unit/unit.h"

#define NOW 1000000
#define MOST UINT32_MAX

/* A plan that has fetched its first mail at NOW. */
static struct plan delivered(bool may_wake)
{
    struct plan plan;
    plan_start(&plan, may_wake, NOW, 0);
    plan_begun(&plan, NOW);
    plan_delivered(&plan, NOW, 0);
    return plan;
}

static void test_start_is_spread(void **state)
{
    (void)state;
    struct plan plan;
    plan_start(&plan, true, NOW, 0);
    assert_int_equal(plan_mail_ms(&plan), NOW);
    plan_start(&plan, true, NOW, MOST);
    assert_in_range(plan_mail_ms(&plan), NOW + PLAN_START_MS - 2, NOW + PLAN_START_MS);
}

static void test_polls_by_probes(void **state)
{
    (void)state;
    struct plan plan = delivered(true);
    int64_t probe_ms = NOW + PLAN_POLL_MS * 3 / 4;
    assert_false(plan_probes(&plan, probe_ms - 1, 0));
    assert_true(plan_mail_ms(&plan) >= NOW + PLAN_SELDOM_MS * 3 / 4);
    assert_true(plan_probes(&plan, probe_ms, 0));
    assert_true(plan_probes(&plan, probe_ms + 15000, 0)); /* the answer may be lost */
    assert_int_equal(plan_mail_ms(&plan), probe_ms + PLAN_PROBE_MS * 3 / 4);

    plan_greeted(&plan, probe_ms + 15010, MOST);
    assert_false(plan_probes(&plan, probe_ms + 30000, 0));
    assert_true(plan_mail_ms(&plan) >= NOW + PLAN_SELDOM_MS * 3 / 4);
    assert_true(plan_probes(&plan, probe_ms + 15010 + PLAN_POLL_MS * 5 / 4, 0));
}

static void test_unanswered_probe_ends_in_mail(void **state)
{
    (void)state;
    struct plan plan = delivered(true);
    int64_t now = NOW;
    for (unsigned fetches = 0; fetches < 5; fetches++) {
        int64_t began = now;
        while (plan_mail_ms(&plan) > now) {
            plan_probes(&plan, now, fetches * 1000000000u);
            now += 15000;
        }
        assert_in_range(now - began, PLAN_POLL_MS * 3 / 4, PLAN_POLL_MS * 5 / 4 + 2 * PLAN_PROBE_MS);
        plan_begun(&plan, now);
        plan_delivered(&plan, now, fetches * 1000000000u);
    }
}

static void test_owner_who_forbids_wakes_is_polled_for(void **state)
{
    (void)state;
    struct plan plan = delivered(false);
    int64_t poll_ms = NOW + PLAN_POLL_MS * 3 / 4;
    assert_false(plan_probes(&plan, poll_ms, 0));
    assert_int_equal(plan_mail_ms(&plan), poll_ms);
}

static void test_network_that_complains_is_probed(void **state)
{
    (void)state;
    struct plan plan = delivered(true);
    plan_lost(&plan, NOW + 100000);
    assert_true(plan_probes(&plan, NOW + 110000, 0));
    assert_int_equal(plan_mail_ms(&plan), NOW + 110000 + PLAN_PROBE_MS * 3 / 4);
}

static void test_wakes_do_not_hurry_us_beyond_one_a_second(void **state)
{
    (void)state;
    struct plan plan = delivered(true);
    for (int64_t at = NOW + 20; at < NOW + 1000; at += 10) {
        plan_woken(&plan, at, 0);
        assert_true(plan_mail_ms(&plan) >= NOW + PLAN_APART_MS);
    }
    plan_woken(&plan, NOW + 5000, MOST);
    assert_true(plan_mail_ms(&plan) <= NOW + 5000);
}

/* A wake while a fetch is under way asks for another one after it. */
static void test_wake_during_a_fetch_is_not_lost(void **state)
{
    (void)state;
    struct plan plan;
    plan_start(&plan, true, NOW, 0);
    plan_begun(&plan, NOW);
    plan_woken(&plan, NOW + 50, 0);
    plan_delivered(&plan, NOW + 100, 0);
    assert_int_equal(plan_mail_ms(&plan), NOW + PLAN_APART_MS);
}

static void test_failures_back_off(void **state)
{
    (void)state;
    struct plan plan;
    int64_t now = NOW, before = 0;
    plan_start(&plan, true, now, 0);
    for (unsigned i = 0; i < 50; i++) {
        plan_begun(&plan, now);
        plan_failed(&plan, now, 0);
        int64_t pause = plan_mail_ms(&plan) - now;
        assert_true(pause >= before && pause <= PLAN_POLL_MS);
        /* Neither news nor a silent network make us knock more often at a door that is shut. */
        plan_news(&plan, now, 0);
        plan_lost(&plan, now);
        plan_probes(&plan, now, 0);
        assert_int_equal(plan_mail_ms(&plan) - now, pause);
        before = pause;
        now = plan_mail_ms(&plan);
    }
    assert_int_equal(before, (int64_t)PLAN_POLL_MS * 3 / 4);
    plan_begun(&plan, now);
    plan_delivered(&plan, now, 0);
    plan_news(&plan, now + 2000, 0);
    assert_int_equal(plan_mail_ms(&plan), now + 2000);
}

/* While fetches fail each beat asks for an answer, and only the first one after silence hastens: where HTTPS alone
 * fails, beats are answered all the time. */
static void test_server_that_is_back_is_asked_soon(void **state)
{
    (void)state;
    struct plan plan = delivered(true);
    int64_t now = NOW;
    for (unsigned i = 0; i < 8; i++) {
        plan_begun(&plan, now);
        plan_failed(&plan, now, 0);
        assert_true(plan_probes(&plan, now, 0));
        plan_greeted(&plan, now + 10, 0);
    }
    int64_t due_ms = plan_mail_ms(&plan);
    assert_true(due_ms > now + 10 + PLAN_BACK_MS);
    assert_true(plan_probes(&plan, now + 15000, 0));
    assert_true(plan_probes(&plan, now + 30000, 0));
    plan_greeted(&plan, now + 30010, MOST);
    assert_in_range(plan_mail_ms(&plan), now + 30010, now + 30010 + PLAN_BACK_MS);
    plan_begun(&plan, now + 40000);
    plan_delivered(&plan, now + 40000, 0);
    assert_false(plan_probes(&plan, now + 41000, 0));
}

/* By carriers that cannot wake us: often while something is said, once a minute else. */
static void test_carried_mail_is_looked_for_more_often_in_a_talk(void **state)
{
    (void)state;
    struct plan plan = delivered(true);
    int64_t now = NOW, before = 0;
    for (unsigned i = 0; i < 15; i++) {
        plan_begun(&plan, now);
        plan_carried(&plan, false, now, MOST / 2);
        int64_t pause = plan_mail_ms(&plan) - now;
        assert_in_range(pause, before, PLAN_CARRIED_MS);
        before = pause;
        now += pause;
    }
    assert_in_range(before, PLAN_CARRIED_MS - 2, PLAN_CARRIED_MS);
    plan_begun(&plan, now);
    plan_carried(&plan, true, now, MOST / 2);
    assert_in_range(plan_mail_ms(&plan), now + PLAN_TALK_MS - 2, now + PLAN_TALK_MS);
    for (unsigned i = 0; i < 10; i++)
        plan_carried(&plan, false, now, 0);
    plan_begun(&plan, now);
    plan_outgoing(&plan, now + 10000);
    assert_int_equal(plan_mail_ms(&plan), now + 10000);
    plan_begun(&plan, now + 10000);
    plan_carried(&plan, false, now + 10000, MOST / 2);
    assert_in_range(plan_mail_ms(&plan), now + 10000 + PLAN_TALK_MS - 2, now + 10000 + PLAN_TALK_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_is_spread),
        cmocka_unit_test(test_polls_by_probes),
        cmocka_unit_test(test_unanswered_probe_ends_in_mail),
        cmocka_unit_test(test_owner_who_forbids_wakes_is_polled_for),
        cmocka_unit_test(test_network_that_complains_is_probed),
        cmocka_unit_test(test_wakes_do_not_hurry_us_beyond_one_a_second),
        cmocka_unit_test(test_wake_during_a_fetch_is_not_lost),
        cmocka_unit_test(test_failures_back_off),
        cmocka_unit_test(test_server_that_is_back_is_asked_soon),
        cmocka_unit_test(test_carried_mail_is_looked_for_more_often_in_a_talk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
