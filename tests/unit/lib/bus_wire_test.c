/* The parsers of the bus: keys, batches, calls, resume/1, subscribers' files. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/bus/batch.h"
#include "lib/bus/call_wire.h"
#include "lib/bus/keys.h"
#include "lib/bus/resume.h"
#include "lib/bus/subscriber.h"

#define KEY_A "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define KEY_B "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

static void keys_are_lines_of_role_and_key(void **state)
{
    (void)state;
    static const char good[] = "# who is who\ningest " KEY_A "\n\ncli " KEY_B;
    struct bus_keys keys;
    struct problem problem;
    assert_int_equal(bus_keys_parse(good, sizeof(good) - 1, &keys, &problem), 0);
    assert_int_equal(bus_keys_peer(&keys, KEY_A), PEER_INGEST);
    assert_int_equal(bus_keys_peer(&keys, KEY_B), PEER_CLI);
    assert_string_equal(bus_keys_key(&keys, PEER_CLI), KEY_B);
    assert_null(bus_keys_key(&keys, PEER_AUDIT));
    assert_int_equal(bus_keys_peer(&keys, "unknown"), 0);
    static const char *const bad[] = {
        "ingest", "ingest ", "ingest " KEY_A "x", "ingest  " KEY_A, "king " KEY_A, " " KEY_A, "ingest " KEY_A " ",
        "ingest " KEY_A "\ncli " KEY_A, "ingest \"0123456789012345678901234567890123456789",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(bus_keys_parse(bad[i], strlen(bad[i]), &keys, &problem), -1);
        assert_int_equal(keys.n, 2);
    }
}

static void a_batch_comes_back_as_it_was(void **state)
{
    (void)state;
    static struct batch batch;
    struct buf text = { 0 };
    batch_start(&text, 99, 4);
    batch_add(&text, 5, "five", 4);
    batch_add(&text, 9, "", 0);
    assert_int_equal(batch_decode(text.data, text.length, &batch), 0);
    assert_int_equal(batch.outbox, 99);
    assert_int_equal(batch.before, 4);
    assert_int_equal(batch.n, 2);
    assert_memory_equal(batch.events[0].text, "five", 4);
    assert_int_equal(batch.events[1].sequence, 9);
    for (size_t cut = 1; cut < 10; cut++)
        assert_int_equal(batch_decode(text.data, text.length - cut, &batch), -1);
    buf_clear(&text);
    batch_start(&text, 99, 5);
    batch_add(&text, 5, "not rising", 10);
    assert_int_equal(batch_decode(text.data, text.length, &batch), -1);
    buf_clear(&text);
    batch_start(&text, 99, 0);
    for (uint64_t i = 1; i <= BATCH_EVENTS_MAX + 1; i++)
        batch_add(&text, i, "", 0);
    assert_int_equal(batch_decode(text.data, text.length, &batch), -1);
    buf_free(&text);
}

static void an_answer_comes_back_as_it_was(void **state)
{
    (void)state;
    static struct batch_answer answer = { .status = BATCH_LATER, .outbox = 7, .through = 8, .n_refused = 1 }, again;
    struct buf text = { 0 };
    answer.refused[0] = (struct batch_refused){ 6, "bad-field", 9 };
    assert_int_equal(batch_answer_encode(&text, &answer), 0);
    assert_int_equal(batch_answer_decode(text.data, text.length, &again), 0);
    assert_int_equal(again.status, BATCH_LATER);
    assert_int_equal(again.through, 8);
    assert_int_equal(again.refused[0].sequence, 6);
    assert_memory_equal(again.refused[0].code, "bad-field", 9);
    assert_int_equal(batch_answer_decode(text.data, text.length - 1, &again), -1);
    text.data[1] = 3;
    assert_int_equal(batch_answer_decode(text.data, text.length, &again), -1);
    buf_free(&text);
}

static void a_call_comes_back_as_it_was(void **state)
{
    (void)state;
    struct call_request request = { .id = 5, .deadline_ms = 1000, .call = CALL_AGENT_RENAME, .json = "{}", .json_bytes = 2 };
    struct call_request again;
    struct buf text = { 0 };
    snprintf(request.actor, sizeof(request.actor), "user:alice");
    assert_int_equal(call_request_encode(&text, &request), 0);
    assert_int_equal(call_request_decode(text.data, text.length, &again), 0);
    assert_int_equal(again.call, CALL_AGENT_RENAME);
    assert_int_equal(again.deadline_ms, 1000);
    assert_string_equal(again.actor, "user:alice");
    assert_memory_equal(again.json, "{}", 2);
    char *actor = memmem(text.data, text.length, "alice", 5);
    *actor = '\n';
    assert_int_equal(call_request_decode(text.data, text.length, &again), -1);
    assert_int_equal(call_request_decode(text.data, 12, &again), -1);
    char *name = memmem(text.data, text.length, "agent", 5);
    *actor = 'a';
    *name = 'b';
    assert_int_equal(call_request_decode(text.data, text.length, &again), 0);
    assert_int_equal(again.call, -1);
    buf_free(&text);
}

static void a_problem_comes_back_as_it_was(void **state)
{
    (void)state;
    struct problem problem, again;
    struct call_answer answer;
    struct buf text = { 0 };
    problem_set(&problem, "no-such-agent", "agent", "there is no agent \"17\"");
    assert_int_equal(call_answer_start(&text, 5, true), 0);
    assert_int_equal(call_problem_encode(&text, &problem), 0);
    assert_int_equal(call_answer_decode(text.data, text.length, &answer), 0);
    assert_true(answer.refused);
    assert_int_equal(call_problem_decode(answer.json, answer.json_bytes, &again), 0);
    assert_string_equal(again.code, "no-such-agent");
    assert_string_equal(again.field, "agent");
    assert_string_equal(again.reason, problem.reason);
    assert_int_equal(call_problem_decode("{\"code\":1}", 10, &again), -1);
    buf_free(&text);
}

static void resume_requests_come_back_as_they_were(void **state)
{
    (void)state;
    struct resume_room room = { 0 };
    struct resume_request again, subscribe = {
        .filter = { .class = CLASS_FLEET, .tenant = "acme", .least_sev = 2 },
    };
    assert_int_equal(resume_types_read("vedette.agent.late.v1 vedette.alert.opened.v1", &subscribe.filter.types), 0);
    assert_int_equal(resume_request_encode(&subscribe, &room), 0);
    assert_int_equal(resume_request_decode(room.frames, room.n, &again), 0);
    assert_int_equal(again.wish, RESUME_SUBSCRIBE);
    assert_memory_equal(&again.filter, &subscribe.filter, sizeof(again.filter));
    const struct resume_request replay = { .wish = RESUME_REPLAY, .id = "0123456789abcdef", .from = 1ull << 40, .max = 77 };
    assert_int_equal(resume_request_encode(&replay, &room), 0);
    assert_int_equal(resume_request_decode(room.frames, room.n, &again), 0);
    assert_string_equal(again.id, replay.id);
    assert_int_equal(again.from, replay.from);
    assert_int_equal(again.max, 77);
    assert_int_equal(resume_request_decode(room.frames, 3, &again), -1);
    room.frames[1].bytes--;
    assert_int_equal(resume_request_decode(room.frames, 4, &again), -1);
    const struct resume_request cursor = { .wish = RESUME_CURSOR, .id = "0123456789abcdef", .from = 5 };
    assert_int_equal(resume_request_encode(&cursor, &room), 0);
    assert_int_equal(room.n, 3);
    assert_int_equal(resume_request_decode(room.frames, room.n, &again), 0);
    assert_int_equal(again.wish, RESUME_CURSOR);
    assert_int_equal(again.from, 5);
    static const char *const bad[] = { "{\"class\":\"ops\",\"type\":[]}", "{\"class\":\"ops\",\"type\":\"\"}",
        "{\"class\":\"ops\",\"type\":[1]}", "{\"class\":\"ops\",\"type\":{}}", "", "[]", "{}", "{\"class\":\"none\"}", "{\"class\":\"ops\",\"sev\":0}",
        "{\"class\":\"ops\",\"type\":\"x\"}", "{\"class\":\"ops\",\"more\":1}",
        "{\"class\":\"ops\",\"tenant\":\"0123456789012345678901234567890123\"}" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct bus_frame frames[] = { { "subscribe", 9 }, { bad[i], strlen(bad[i]) } };
        assert_int_equal(resume_request_decode(frames, 2, &again), -1);
    }
    buf_free(&room.text);
}

static void types_are_a_set(void **state)
{
    (void)state;
    struct resume_types all, some, one;
    struct buf text = { 0 };
    assert_int_equal(resume_types_read("", &all), 0);
    assert_int_equal(resume_types_read("vedette.alert.opened.v1 vedette.agent.late.v1", &some), 0);
    assert_int_equal(resume_types_read("vedette.agent.late.v1", &one), 0);
    assert_true(resume_types_within(&one, &some) && resume_types_within(&some, &all) && resume_types_within(&all, &all));
    assert_false(resume_types_within(&some, &one) || resume_types_within(&all, &some));
    assert_true(resume_types_have(&some, EVENT_ALERT_OPENED) && resume_types_have(&all, -1));
    assert_false(resume_types_have(&one, EVENT_ALERT_OPENED) || resume_types_have(&one, -1));
    assert_int_equal(resume_types_write(&some, &text), 0);
    assert_string_equal(text.data, "vedette.agent.late.v1 vedette.alert.opened.v1");
    static const char *const bad[] = { " ", "agent.late", "vedette.agent.late.v1  vedette.alert.opened.v1", "vedette..v1" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(resume_types_read(bad[i], &one), -1);
    buf_free(&text);
}

static void a_live_frame_is_an_event_a_heartbeat_or_the_end(void **state)
{
    (void)state;
    const struct resume_record record = { 4, "{}", 2 };
    struct resume_record again;
    struct resume_live live;
    struct buf records = { 0 }, text = { 0 };
    resume_record_add(&records, &record);
    assert_int_equal(resume_live_encode(&text, "0123456789abcdef", 5, 2, &records), 0);
    struct bus_frame frame = { text.data, text.length };
    assert_int_equal(resume_live_decode(&frame, &live), 0);
    assert_false(live.revoked);
    assert_string_equal(live.id, "0123456789abcdef");
    assert_true(live.next == 5 && live.since == 2);
    assert_int_equal(resume_record(&live.records, &again), 0);
    assert_int_equal(again.place, 4);
    for (frame.bytes = 0; frame.bytes < 18 + 16; frame.bytes++)
        assert_int_equal(resume_live_decode(&frame, &live), -1);
    assert_int_equal(resume_live_decode(&frame, &live), 0);
    assert_int_equal(resume_record(&live.records, &again), 1);
    buf_clear(&text);
    assert_int_equal(resume_live_encode_revoked(&text, "0123456789abcdef"), 0);
    frame = (struct bus_frame){ text.data, text.length };
    assert_int_equal(resume_live_decode(&frame, &live), 0);
    assert_true(live.revoked);
    buf_free(&records);
    buf_free(&text);
}

static void who_it_is_comes_back_as_it_was(void **state)
{
    (void)state;
    char text[BUS_WHO_BYTES];
    const struct bus_who subscriber = { PEER_SUBSCRIBER, UINT32_MAX }, ingest = { .peer = PEER_INGEST };
    bus_who_text(&subscriber, text);
    assert_string_equal(text, "subscriber/4294967295");
    struct bus_who again = bus_who_read(text);
    assert_int_equal(again.peer, PEER_SUBSCRIBER);
    assert_int_equal(again.subscriber, UINT32_MAX);
    bus_who_text(&ingest, text);
    again = bus_who_read(text);
    assert_int_equal(again.peer, PEER_INGEST);
    assert_int_equal(again.subscriber, 0);
    assert_int_equal(bus_who_read("subscriber").peer, 0);
    /* A line of bus.keys cannot make one a subscriber. */
    assert_int_equal(bus_peer("subscriber", 10), 0);
}

static void a_subscribers_file_comes_back_as_it_was(void **state)
{
    (void)state;
    struct bus_subscriber subscriber = { .name = "soc \"1\"", .live = "tcp://a:1", .replay = "tcp://a:2", .least_sev = 2,
        .server_key = KEY_B, .classes = 1u << CLASS_ALERT | 1u << CLASS_OPS, .tenant = "acme",
        .types = "vedette.agent.late.v1 vedette.alert.opened.v1" };
    struct bus_subscriber again;
    struct problem problem;
    struct buf text = { 0 };
    bus_make_key(subscriber.secret_key);
    bus_public_key(subscriber.secret_key, subscriber.public_key);
    assert_int_equal(bus_subscriber_compose(&subscriber, &text), 0);
    assert_int_equal(bus_subscriber_parse(text.data, text.length, &again, &problem), 0);
    assert_memory_equal(&again, &subscriber, sizeof(again));
    static const char *const needed[] = { "resume/1", "\"name\"", "\"secret_key\"", "tcp:", "\"alert\"", "vedette.agent",
        "public_key", "\"classes\"" };
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        char *place = strstr(text.data, needed[i]) + 2, was = *place;
        *place ^= 1;
        assert_int_equal(bus_subscriber_parse(text.data, text.length, &again, &problem), -1);
        *place = was;
    }
    buf_clear(&text);
    bus_make_key(subscriber.secret_key);
    assert_int_equal(bus_subscriber_compose(&subscriber, &text), 0);
    assert_int_equal(bus_subscriber_parse(text.data, text.length, &again, &problem), -1);
    buf_free(&text);
}

static void records_come_back_as_they_were(void **state)
{
    (void)state;
    struct buf text = { 0 };
    const struct resume_record one = { 3, "{}", 2 }, two = { 5, "{\"a\":1}", 7 };
    struct resume_record again;
    resume_record_add(&text, &one);
    resume_record_add(&text, &two);
    struct bus_frame frame = { text.data, text.length }, cut = { text.data, text.length - 1 };
    assert_int_equal(resume_record(&frame, &again), 0);
    assert_int_equal(again.place, 3);
    assert_int_equal(resume_record(&frame, &again), 0);
    assert_memory_equal(again.json, two.json, 7);
    assert_int_equal(resume_record(&frame, &again), 1);
    assert_int_equal(resume_record(&cut, &again), 0);
    assert_int_equal(resume_record(&cut, &again), -1);
    buf_free(&text);
}

static void a_topic_is_an_id_and_nothing_else(void **state)
{
    (void)state;
    char topic[RESUME_TOPIC_BYTES], id[RESUME_ID_BYTES];
    resume_topic(topic, "0123456789abcdef");
    assert_string_equal(topic, "f0123456789abcdef.");
    assert_int_equal(resume_topic_id(topic, strlen(topic), id), 0);
    assert_string_equal(id, "0123456789abcdef");
    assert_int_equal(resume_topic_id("", 0, id), -1);
    assert_int_equal(resume_topic_id("f", 1, id), -1);
    assert_int_equal(resume_topic_id("f0123456789abcdeF.", 18, id), -1);
    assert_int_equal(resume_topic_id("f0123456789abcdef", 17, id), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_lines_of_role_and_key),
        cmocka_unit_test(a_batch_comes_back_as_it_was),
        cmocka_unit_test(an_answer_comes_back_as_it_was),
        cmocka_unit_test(a_call_comes_back_as_it_was),
        cmocka_unit_test(a_problem_comes_back_as_it_was),
        cmocka_unit_test(resume_requests_come_back_as_they_were),
        cmocka_unit_test(types_are_a_set),
        cmocka_unit_test(a_live_frame_is_an_event_a_heartbeat_or_the_end),
        cmocka_unit_test(who_it_is_comes_back_as_it_was),
        cmocka_unit_test(a_subscribers_file_comes_back_as_it_was),
        cmocka_unit_test(records_come_back_as_they_were),
        cmocka_unit_test(a_topic_is_an_id_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
