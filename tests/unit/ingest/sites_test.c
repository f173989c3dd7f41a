#include "tests/unit/unit.h"

#include "services/ingest/presence/sites.h"

static struct sites sites;

static int set_up(void **state)
{
    (void)state;
    sites = (struct sites){ 0 };
    return sites_add(&sites, 0, "", "") || sites_add(&sites, 1, "acme", "hq");
}

static int tear_down(void **state)
{
    (void)state;
    sites_free(&sites);
    return 0;
}

static void hear(int n)
{
    while (n--)
        site_heard(&sites, 1);
}

static void test_silent_when_all_fall_together(void **state)
{
    (void)state;
    hear(3);
    site_left(&sites, 1, true, 100000);
    site_left(&sites, 1, true, 115000);
    assert_false(sites.all[1].silent);
    site_left(&sites, 1, true, 130000);
    assert_true(sites.all[1].silent);
    assert_int_equal(sites.all[1].fallen, 3);
    assert_true(sites.untold);
    hear(1);
    assert_false(sites.all[1].silent);
}

static void test_one_agent_is_no_site(void **state)
{
    (void)state;
    hear(1);
    site_left(&sites, 1, true, 100000);
    assert_false(sites.all[1].silent);
}

static void test_falling_one_after_another_is_not_together(void **state)
{
    (void)state;
    hear(3);
    for (int i = 0; i < 3; i++)
        site_left(&sites, 1, true, 100000 + i * (SITE_TOGETHER_MS + 1));
    assert_false(sites.all[1].silent);
}

static void test_an_earlier_fall_does_not_hide_a_later_one(void **state)
{
    (void)state;
    hear(4);
    site_left(&sites, 1, true, 100000);
    site_left(&sites, 1, true, 155000);
    site_left(&sites, 1, true, 165000);
    site_left(&sites, 1, true, 166000);
    assert_true(sites.all[1].silent);
}

static void test_goodbyes_are_not_falls(void **state)
{
    (void)state;
    hear(3);
    site_left(&sites, 1, false, 100000);
    site_left(&sites, 1, false, 100000);
    site_left(&sites, 1, true, 100000);
    assert_false(sites.all[1].silent);
}

static void test_sites_grow(void **state)
{
    (void)state;
    for (uint32_t id = 2; id < 5000; id++)
        assert_int_equal(sites_add(&sites, id, "t", "s"), 0);
    assert_int_equal(sites.n, 5000);
    assert_string_equal(sites.all[1].tenant, "acme");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_silent_when_all_fall_together),
        TEST(test_one_agent_is_no_site),
        TEST(test_falling_one_after_another_is_not_together),
        TEST(test_an_earlier_fall_does_not_hide_a_later_one),
        TEST(test_goodbyes_are_not_falls),
        TEST(test_sites_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
