#include "lib/bus/socket.h"

#include "tests/unit/folder.h"

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/loop.h"

#define DEADLINE_MS 10000

static char folder[FOLDER_BYTES], endpoint[FOLDER_BYTES + 16];
static struct bus_sockets sockets;
static struct bus_socket *client, *server;

static struct bus_socket *open_one(enum bus_socket_kind kind)
{
    struct problem problem;
    struct bus_socket *socket = bus_socket_open(&sockets, kind, 1000, 10, &problem);
    assert_non_null(socket);
    return socket;
}

static int set_up(void **state)
{
    (void)state;
    struct problem problem;
    char secret[BUS_KEY_BYTES];
    bus_make_key(secret);
    folder_make(folder);
    snprintf(endpoint, sizeof(endpoint), "ipc://%s/s", folder);
    sockets = (struct bus_sockets){ .loop = loop_new() };
    assert_int_equal(bus_identity_set(&sockets.identity, secret), 0);
    server = open_one(BUS_SOCKET_ROUTER);
    client = open_one(BUS_SOCKET_DEALER);
    assert_int_equal(bus_socket_connect(client, endpoint, sockets.identity.public_key, &problem), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bus_socket_close(client);
    bus_socket_close(server);
    loop_free(sockets.loop);
    folder_remove(folder);
    return 0;
}

/* As a bus before its loop waits, only that it asks again and again. */
static bool becomes_ready(int64_t deadline_ms)
{
    int64_t end_ms = clock_mono_ms() + deadline_ms;
    while (clock_mono_ms() < end_ms) {
        if (bus_sockets_ready(&sockets))
            return true;
        usleep(1000);
    }
    return false;
}

/* The connection may come about between the refused message and the question, which then takes the wake-up: a caller
 * without anything else to do would sleep until its deadline. */
static void test_says_that_what_it_refused_can_be_sent_now(void **state)
{
    (void)state;
    struct problem problem;
    const struct bus_frame frame = { "hello", 5 };
    assert_int_equal(bus_socket_send(client, &frame, 1), -1);
    assert_false(becomes_ready(50));
    assert_int_equal(bus_socket_bind(server, endpoint, &problem), 0);
    assert_true(becomes_ready(DEADLINE_MS));
    assert_int_equal(bus_socket_send(client, &frame, 1), 0);
}

static void test_says_once_that_nothing_is_left_to_do(void **state)
{
    (void)state;
    struct problem problem;
    struct bus_message message;
    const struct bus_frame frame = { "hello", 5 };
    assert_int_equal(bus_socket_bind(server, endpoint, &problem), 0);
    assert_int_equal(bus_socket_send(client, &frame, 1), -1);
    assert_true(becomes_ready(DEADLINE_MS));
    assert_false(bus_sockets_ready(&sockets));
    assert_int_equal(bus_socket_send(client, &frame, 1), 0);
    assert_true(becomes_ready(DEADLINE_MS)); /* it has arrived at the server … */
    assert_int_equal(bus_socket_receive(server, &message), 0);
    assert_int_equal(bus_socket_receive(server, &message), 1);
    assert_false(bus_sockets_ready(&sockets)); /* … and was taken */
}

static void test_says_nothing_of_who_is_left_alone(void **state)
{
    (void)state;
    struct problem problem;
    const struct bus_frame frame = { "hello", 5 };
    bus_socket_leave_alone(server, true);
    assert_int_equal(bus_socket_bind(server, endpoint, &problem), 0);
    assert_int_equal(bus_socket_send(client, &frame, 1), -1);
    assert_true(becomes_ready(DEADLINE_MS));
    assert_int_equal(bus_socket_send(client, &frame, 1), 0);
    assert_false(becomes_ready(100));
    bus_socket_leave_alone(server, false);
    assert_true(becomes_ready(DEADLINE_MS));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_says_that_what_it_refused_can_be_sent_now),
        TEST(test_says_once_that_nothing_is_left_to_do),
        TEST(test_says_nothing_of_who_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
