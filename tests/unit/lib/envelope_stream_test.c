#include "tests/unit/unit.h"

#include "lib/envelope/stream.h"

#define NOW_MS 1000000

/* Deal with all that can be of n held ones; what was dealt with goes to order, a repeat is dropped. */
static size_t deal(struct stream *stream, struct stream_held *held, size_t *n, int64_t now_ms, uint64_t *order)
{
    size_t dealt = 0, index;
    for (enum stream_step step; (step = stream_choose(stream, held, *n, now_ms, &index)) != STREAM_WAIT;) {
        if (step == STREAM_DEAL) {
            order[dealt++] = held[index].place.counter;
            stream_dealt(stream, held[index].place);
        }
        held[index] = held[--*n];
    }
    return dealt;
}

static struct stream_held held_at(uint64_t incarnation, uint64_t counter, int64_t since_ms)
{
    return (struct stream_held){ { incarnation, counter }, since_ms };
}

static void a_sender_counts_from_one_and_a_restored_one_begins_anew(void **state)
{
    (void)state;
    struct stream_sender sender = { 0 };
    struct stream_place first = stream_next(&sender, NOW_MS), second = stream_next(&sender, NOW_MS);
    assert_int_equal(first.incarnation, NOW_MS);
    assert_int_equal(first.counter, 1);
    assert_int_equal(second.incarnation, NOW_MS);
    assert_int_equal(second.counter, 2);
    /* A clock that was put back makes no incarnation that was there before. */
    stream_restored(&sender, NOW_MS - 5);
    struct stream_place anew = stream_next(&sender, NOW_MS);
    assert_int_equal(anew.incarnation, NOW_MS + 1);
    assert_int_equal(anew.counter, 1);
}

static void messages_are_dealt_with_in_order_and_once(void **state)
{
    (void)state;
    struct stream stream = { 0 };
    struct stream_held held[] = { held_at(5, 3, NOW_MS), held_at(5, 1, NOW_MS), held_at(5, 2, NOW_MS),
        held_at(5, 2, NOW_MS) };
    size_t n = 4;
    uint64_t order[4];
    assert_int_equal(deal(&stream, held, &n, NOW_MS, order), 3);
    assert_int_equal(n, 0);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(order[i], i + 1);
    held[0] = held_at(5, 1, NOW_MS);
    n = 1;
    assert_int_equal(deal(&stream, held, &n, NOW_MS, order), 0);
    assert_int_equal(n, 0);
}

static void a_gap_is_waited_for_and_then_skipped(void **state)
{
    (void)state;
    struct stream stream = { .incarnation = 5, .next = 10 };
    struct stream_held held[2] = { held_at(5, 12, NOW_MS) };
    uint64_t order[2];
    size_t n = 1, index;
    assert_int_equal(stream_choose(&stream, held, n, NOW_MS + STREAM_GAP_MS - 1, &index), STREAM_WAIT);
    assert_int_equal(deal(&stream, held, &n, NOW_MS + STREAM_GAP_MS, order), 1);
    assert_int_equal(stream.next, 13);
    assert_int_equal(stream.skipped, 0x6);
    /* The skipped ones come after all, one of them twice. */
    held[0] = held_at(5, 10, NOW_MS);
    held[1] = held_at(5, 10, NOW_MS);
    n = 2;
    assert_int_equal(deal(&stream, held, &n, NOW_MS, order), 1);
    assert_int_equal(order[0], 10);
    assert_int_equal(stream.skipped, 0x2);
}

static void more_than_can_be_held_closes_a_gap(void **state)
{
    (void)state;
    struct stream stream = { .incarnation = 5, .next = 1 };
    struct stream_held held[STREAM_HELD_MAX + 1];
    uint64_t order[STREAM_HELD_MAX + 1];
    size_t n = STREAM_HELD_MAX, index;
    for (size_t i = 0; i <= STREAM_HELD_MAX; i++)
        held[i] = held_at(5, i + 2, NOW_MS);
    assert_int_equal(stream_choose(&stream, held, n, NOW_MS, &index), STREAM_WAIT);
    n++;
    assert_int_equal(deal(&stream, held, &n, NOW_MS, order), STREAM_HELD_MAX + 1);
    for (size_t i = 0; i <= STREAM_HELD_MAX; i++)
        assert_int_equal(order[i], i + 2);
}

static void a_new_incarnation_ends_the_old_one(void **state)
{
    (void)state;
    struct stream stream = { .incarnation = 5, .next = 10 };
    /* What waited in the old one is dealt with first, its gap never closes; then the new one, from 1. */
    struct stream_held held[] = { held_at(6, 2, NOW_MS), held_at(5, 12, NOW_MS), held_at(6, 1, NOW_MS) };
    uint64_t order[3];
    size_t n = 3;
    assert_int_equal(deal(&stream, held, &n, NOW_MS, order), 3);
    assert_int_equal(order[0], 12);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 2);
    held[0] = held_at(5, 11, NOW_MS);
    n = 1;
    assert_int_equal(deal(&stream, held, &n, NOW_MS, order), 0);
    assert_int_equal(n, 0);
}

static void a_far_gap_forgets_what_it_cannot_hold(void **state)
{
    (void)state;
    struct stream stream = { .incarnation = 5, .next = 1 };
    assert_int_equal(stream_dealt(&stream, (struct stream_place){ 5, 1000 }), 999);
    assert_int_equal(stream.next, 1001);
    assert_int_equal(stream.skipped, ~UINT64_C(1));
    struct stream_held late[] = { held_at(5, 937, NOW_MS), held_at(5, 936, NOW_MS) };
    size_t index;
    assert_int_equal(stream_choose(&stream, &late[0], 1, NOW_MS, &index), STREAM_DEAL);
    assert_int_equal(stream_choose(&stream, &late[1], 1, NOW_MS, &index), STREAM_DROP);
    assert_int_equal(stream_dealt(&stream, (struct stream_place){ 5, 937 }), 0);
    assert_int_equal(stream_choose(&stream, &late[0], 1, NOW_MS, &index), STREAM_DROP);
}

/* Whatever carriers do: repeat, reorder within the window, deliver late. Each message is dealt with exactly once. */
static void nothing_is_lost_or_repeated_at_random(void **state)
{
    (void)state;
    enum { MESSAGES = 500, COPIES = 3 };
    static uint64_t arrivals[MESSAGES * COPIES];
    unsigned char seen[MESSAGES + 1] = { 0 };
    uint64_t order[STREAM_HELD_MAX + 2];
    struct stream stream = { 0 };
    struct stream_held held[STREAM_HELD_MAX + 2];
    size_t n = 0;
    srand(20);
    for (size_t i = 0; i < MESSAGES * COPIES; i++)
        arrivals[i] = i / COPIES + 1;
    for (size_t i = 0; i < MESSAGES * COPIES; i++) {
        size_t other = i + (size_t)rand() % 60;
        if (other < MESSAGES * COPIES) {
            uint64_t kept = arrivals[i];
            arrivals[i] = arrivals[other];
            arrivals[other] = kept;
        }
    }
    for (size_t i = 0; i < MESSAGES * COPIES; i++) {
        held[n++] = held_at(1, arrivals[i], NOW_MS);
        size_t dealt = deal(&stream, held, &n, NOW_MS, order);
        for (size_t k = 0; k < dealt; k++)
            assert_int_equal(seen[order[k]]++, 0);
    }
    for (size_t i = 1; i <= MESSAGES; i++)
        assert_int_equal(seen[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_counts_from_one_and_a_restored_one_begins_anew),
        cmocka_unit_test(messages_are_dealt_with_in_order_and_once),
        cmocka_unit_test(a_gap_is_waited_for_and_then_skipped),
        cmocka_unit_test(more_than_can_be_held_closes_a_gap),
        cmocka_unit_test(a_new_incarnation_ends_the_old_one),
        cmocka_unit_test(a_far_gap_forgets_what_it_cannot_hold),
        cmocka_unit_test(nothing_is_lost_or_repeated_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
