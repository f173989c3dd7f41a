#include "tests/unit/ingest/fleet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/beat.h"
#include "services/ingest/beats/intake.h"

#define BATCH 40

static struct test_fleet fleet;
static struct intake intake;
static struct mmsghdr messages[BATCH];
static struct iovec slots[BATCH];
static struct sockaddr_in names[BATCH];
static uint8_t bytes[BATCH][32];
static unsigned n;

static int set_up(void **state)
{
    (void)state;
    memset(&fleet, 0, sizeof(fleet));
    fleet_open(&fleet, 100);
    for (uint32_t agent = 1; agent <= 100; agent++)
        memset(fleet.hot.pulse[agent].key, (int)agent, BEAT_KEY_BYTES);
    intake = (struct intake){ .presence = &fleet.presence, .seed = 42 };
    n = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fleet_close(&fleet);
    return 0;
}

static uint8_t *add(uint32_t agent, uint64_t counter, const char *address, uint16_t port)
{
    const struct beat beat = { .agent = agent, .counter = counter };
    assert_true(n < BATCH);
    beat_encode(&beat, fleet.hot.pulse[agent <= 100 ? agent : 1].key, bytes[n]);
    slots[n] = (struct iovec){ bytes[n], sizeof(bytes[n]) };
    names[n] = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
    inet_pton(AF_INET, address, &names[n].sin_addr);
    messages[n].msg_hdr = (struct msghdr){ .msg_name = &names[n], .msg_iov = &slots[n], .msg_iovlen = 1 };
    messages[n].msg_len = BEAT_BYTES;
    return bytes[n++];
}

static void take(void)
{
    intake_take(&intake, messages, n, fleet.mono_ms, fleet.wall_ms);
    n = 0;
}

static void test_accepts_beats_of_many_agents(void **state)
{
    (void)state;
    for (uint32_t agent = 1; agent <= BATCH; agent++)
        add(agent, 1, "10.0.0.1", 1000);
    take();
    assert_int_equal(intake.counts.accepted, BATCH);
    assert_int_equal(fleet.presence.agents[STATE_ONLINE], BATCH);
}

static void test_counts_on_within_a_batch(void **state)
{
    (void)state;
    add(5, 7, "10.0.0.1", 1000);
    add(5, 8, "10.0.0.1", 1000);
    add(5, 8, "10.0.0.1", 1000);
    add(5, 6, "10.0.0.1", 1000);
    take();
    assert_int_equal(intake.counts.accepted, 2);
    assert_int_equal(intake.counts.old_counter, 2);
    assert_int_equal(fleet.hot.pulse[5].counter, 8);
}

static void test_refuses_each_by_its_reason(void **state)
{
    (void)state;
    presence_retire(&fleet.presence, 9, fleet.wall_ms);
    add(5, 1, "10.0.0.1", 1000)[0] = 2;
    add(5, 1, "10.0.0.1", 1000)[2] = 1;
    add(101, 1, "10.0.0.1", 1000);
    add(4294967295, 1, "10.0.0.1", 1000);
    add(5, 1, "10.0.0.1", 1000)[23] ^= 1;
    add(5, 1, "10.0.0.1", 1000)[15] ^= 1;
    add(9, 1, "10.0.0.1", 1000);
    add(5, 1, "10.0.0.1", 1000);
    messages[n - 1].msg_len = 25;
    take();
    const struct intake_counts wanted = {
        .bad_version = 1, .bad_layout = 1, .unknown_agent = 2, .bad_mac = 2, .retired = 1, .bad_length = 1
    };
    assert_memory_equal(&intake.counts, &wanted, sizeof(wanted));
    assert_int_equal(fleet_state(&fleet, 5), STATE_NEVER);
    assert_int_equal(fleet.hot.pulse[5].counter, 0);
}

static void test_an_address_is_confirmed_by_the_second_beat(void **state)
{
    (void)state;
    static const uint8_t first[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
                         second[16] = { [10] = 0xff, 0xff, 10, 0, 0, 2 };
    add(5, 1, "10.0.0.1", 1000);
    take();
    assert_false(fleet.hot.pulse[5].tag & TAG_CONFIRMED);
    assert_memory_equal(fleet.hot.cold[5].address, first, 16);
    add(5, 2, "10.0.0.1", 1000);
    take();
    assert_true(fleet.hot.pulse[5].tag & TAG_CONFIRMED);
    assert_int_equal(fleet.hot.cold[5].port, 1000);
    /* Another port of the same machine is another address: a mapping of its NAT may have changed. */
    add(5, 3, "10.0.0.1", 1001);
    take();
    assert_false(fleet.hot.pulse[5].tag & TAG_CONFIRMED);
    assert_int_equal(fleet.hot.cold[5].port, 0);
    add(5, 4, "10.0.0.2", 1001);
    take();
    assert_false(fleet.hot.pulse[5].tag & TAG_CONFIRMED);
    assert_memory_equal(fleet.hot.cold[5].address, second, 16);
    assert_int_equal(fleet.hot.cold[5].port, 0);
}

static void test_an_address_outlives_ingest(void **state)
{
    (void)state;
    for (uint64_t counter = 1; counter <= 2; counter++)
        add(5, counter, "10.0.0.1", 1000);
    take();
    fleet.hot.pulse[5].tag = 0;
    add(5, 3, "10.0.0.1", 1000);
    take();
    assert_true(fleet.hot.pulse[5].tag & TAG_CONFIRMED);
    assert_int_equal(fleet.hot.cold[5].port, 1000);
    fleet.hot.pulse[5].tag = 0;
    add(5, 4, "10.0.0.1", 1001);
    take();
    assert_false(fleet.hot.pulse[5].tag & TAG_CONFIRMED);
    assert_int_equal(fleet.hot.cold[5].port, 0);
}

static void test_an_address_not_asked_for_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t counter = 1; counter <= 2; counter++)
        add(5, counter, "10.0.0.1", 1000);
    take();
    uint16_t tag = fleet.hot.pulse[5].tag;
    add(5, 3, "10.0.0.2", 1000);
    messages[0].msg_hdr.msg_name = NULL;
    add(5, 2, "10.0.0.2", 1000);
    messages[1].msg_hdr.msg_name = NULL;
    take();
    assert_int_equal(fleet.hot.pulse[5].counter, 3);
    assert_int_equal(fleet.hot.pulse[5].tag, tag);
    assert_int_equal(intake.counts.old_counter, 1);
}

static void test_a_record_is_due_only_when_the_address_changes(void **state)
{
    (void)state;
    add(5, 1, "10.0.0.1", 1000);
    take();
    fleet.hot.dirty_record[0] = 0;
    add(5, 2, "10.0.0.1", 1001);
    take();
    assert_false(fleet.hot.dirty_record[0]);
    add(5, 3, "10.0.0.3", 1001);
    take();
    assert_true(fleet.hot.dirty_record[0]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_accepts_beats_of_many_agents),
        TEST(test_counts_on_within_a_batch),
        TEST(test_refuses_each_by_its_reason),
        TEST(test_an_address_is_confirmed_by_the_second_beat),
        TEST(test_an_address_outlives_ingest),
        TEST(test_an_address_not_asked_for_changes_nothing),
        TEST(test_a_record_is_due_only_when_the_address_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
