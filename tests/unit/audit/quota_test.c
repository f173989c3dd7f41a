#include "tests/unit/unit.h"

#include <stdio.h>

#include "services/audit/quota.h"

#define RATE 1000u   /* bytes a second */
#define BURST 10000u

static struct quota make(void)
{
    struct quota quota = { 0 };
    for (int class = 0; class < CLASS_COUNT; class ++)
        quota_set(&quota, (enum class) class, RATE, BURST);
    return quota;
}

static unsigned taken_at(struct quota *quota, unsigned producer, enum class class, int64_t mono_ms)
{
    unsigned n = 0;
    while (n < 100000 && quota_take(quota, producer, class, 100, mono_ms))
        n++;
    return n;
}

static void a_burst_then_the_rate(void **state)
{
    (void)state;
    struct quota quota = make();
    assert_int_equal(taken_at(&quota, PEER_INGEST, CLASS_FLEET, 5000000), BURST / 100);
    assert_int_equal(taken_at(&quota, PEER_INGEST, CLASS_FLEET, 5000050), 1); /* half an entry is due: one is begun */
    assert_int_equal(taken_at(&quota, PEER_INGEST, CLASS_FLEET, 5001000), 9);
    assert_int_equal(taken_at(&quota, PEER_INGEST, CLASS_FLEET, 5011000), BURST / 100);
    assert_int_equal(taken_at(&quota, PEER_INGEST, CLASS_FLEET, 90000000), BURST / 100);
    assert_int_equal(quota.refused[__builtin_ctz(PEER_INGEST)][CLASS_FLEET], 5);
}

static void neither_classes_nor_producers_share(void **state)
{
    (void)state;
    struct quota quota = make();
    taken_at(&quota, PEER_INGEST, CLASS_FLEET, 1000);
    assert_false(quota_take(&quota, PEER_INGEST, CLASS_FLEET, 100, 1000));
    assert_true(quota_take(&quota, PEER_INGEST, CLASS_OPS, 100, 1000));
    assert_true(quota_take(&quota, PEER_PORTAL, CLASS_FLEET, 100, 1000));
    assert_int_equal(quota.refused[__builtin_ctz(PEER_PORTAL)][CLASS_FLEET], 0);
}

/* The default settings at ten million agents: each goes late, offline and online again, 700 bytes each time. */
static void ten_million_agents_may_go_offline_at_once(void **state)
{
    (void)state;
    const uint64_t agents = 10000000;
    struct quota quota = { 0 };
    quota_set(&quota, CLASS_FLEET, agents * 8192 / 3600, agents * 8192);
    for (uint64_t i = 0; i < 3 * agents; i++)
        assert_true(quota_take(&quota, PEER_INGEST, CLASS_FLEET, 700, 1000));
}

static unsigned operations_at(struct quota *quota, const char *actor, int64_t mono_ms)
{
    unsigned n = 0;
    while (n < 100000 && quota_take_operation(quota, actor, 100, mono_ms))
        n++;
    return n;
}

static void nobody_spends_more_than_half_of_the_operations(void **state)
{
    (void)state;
    struct quota quota = make();
    assert_int_equal(operations_at(&quota, "user:mallory", 5000000), BURST / 200);
    assert_int_equal(operations_at(&quota, "user:alice", 5000000), BURST / 200);
    assert_int_equal(operations_at(&quota, "user:mallory", 5001000), RATE / 200);
    assert_int_equal(operations_at(&quota, "user:mallory", 90000000), BURST / 200);
}

static void many_names_forget_the_quietest(void **state)
{
    (void)state;
    struct quota quota = make();
    char name[32];
    operations_at(&quota, "user:mallory", 1000);
    for (int i = 1; i < QUOTA_ACTORS; i++) {
        snprintf(name, sizeof(name), "api:%d", i);
        assert_true(quota_take_operation(&quota, name, 100, 1000));
    }
    assert_true(quota_take_operation(&quota, "api:0", 100, 1000));
    assert_false(quota_take_operation(&quota, "user:mallory", 100, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_the_rate),
        cmocka_unit_test(neither_classes_nor_producers_share),
        cmocka_unit_test(ten_million_agents_may_go_offline_at_once),
        cmocka_unit_test(nobody_spends_more_than_half_of_the_operations),
        cmocka_unit_test(many_names_forget_the_quietest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
