/* lib/store against a Redis of our own that says what the test wants, right or wrong. */
#include "tests/unit/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/store.h"

struct server {
    struct loop *loop;
    struct store *store;
    int listening, peer;
    struct loop_watch *accepting, *reading;
    char folder[FOLDER_BYTES], socket[64], password[64];
    char heard[4096];
    size_t n_heard;
    const char *says; /* upon the next command */
    unsigned n_connected, n_replies, n_lost;
    char text[64];
    int64_t sum;
};

static void server_read(void *arg, uint32_t events)
{
    struct server *server = arg;
    (void)events;
    ssize_t n = recv(server->peer, server->heard + server->n_heard, sizeof(server->heard) - 1 - server->n_heard, 0);
    if (n <= 0) {
        loop_unwatch(server->reading);
        close(server->peer);
        server->reading = NULL;
        return;
    }
    server->n_heard += (size_t)n;
    server->heard[server->n_heard] = '\0';
    if (server->says)
        assert_true(send(server->peer, server->says, strlen(server->says), MSG_NOSIGNAL) > 0);
}

static void server_accept(void *arg, uint32_t events)
{
    struct server *server = arg;
    (void)events;
    server->peer = accept(server->listening, NULL, NULL);
    server->n_heard = 0;
    server->reading = loop_watch(server->loop, server->peer, EPOLLIN, server_read, server);
}

static void connected(void *arg)
{
    struct server *server = arg;
    server->n_connected++;
    loop_stop(server->loop);
}

static void count(struct server *server, const struct store_reply *reply)
{
    server->sum += reply->type == STORE_NUMBER ? reply->number : 0;
    if (reply->type == STORE_TEXT || reply->type == STORE_ERROR)
        snprintf(server->text, sizeof(server->text), "%.*s", (int)reply->bytes, reply->text);
    for (size_t i = 0; i < reply->n_items; i++)
        count(server, &reply->items[i]);
}

static void replied(void *arg, const struct store_reply *reply)
{
    struct server *server = arg;
    if (reply) {
        server->n_replies++;
        count(server, reply);
    } else {
        server->n_lost++;
    }
    loop_stop(server->loop);
}

static int setup(void **state)
{
    struct server *server = calloc(1, sizeof(*server));
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct problem problem;
    crypto_open();
    folder_make(server->folder);
    snprintf(server->socket, sizeof(server->socket), "%s/redis.sock", server->folder);
    snprintf(server->password, sizeof(server->password), "%s/redis.pass", server->folder);
    umask(077);
    FILE *file = fopen(server->password, "w");
    assert_true(fputs("secret\n", file) >= 0 && !fclose(file));
    memcpy(address.sun_path, server->socket, sizeof(server->socket));
    server->loop = loop_new();
    server->listening = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->listening, 5), 0);
    server->accepting = loop_watch(server->loop, server->listening, EPOLLIN, server_accept, server);
    server->says = "+OK\r\n";
    server->store = store_open(server->loop, server->socket, "ingest", server->password, connected, server, &problem);
    assert_non_null(server->store);
    loop_run(server->loop);
    *state = server;
    return 0;
}

static int teardown(void **state)
{
    struct server *server = *state;
    store_free(server->store);
    close(server->listening);
    if (server->reading)
        close(server->peer);
    loop_free(server->loop);
    folder_remove(server->folder);
    free(server);
    return 0;
}

static int ask(struct server *server)
{
    const struct store_word words[] = { { "GET", 3 }, { "a\r\nb", 4 } };
    return store_command(server->store, words, 2, replied, server);
}

static void test_logs_in_and_asks(void **state)
{
    struct server *server = *state;
    assert_string_equal(server->heard, "*3\r\n$4\r\nAUTH\r\n$6\r\ningest\r\n$6\r\nsecret\r\n");
    server->n_heard = 0;
    server->says = "$3\r\nx\r\n\r\n";
    assert_int_equal(ask(server), 0);
    loop_run(server->loop);
    assert_string_equal(server->heard, "*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n");
    assert_string_equal(server->text, "x\r\n");
}

static void test_reads_nested_replies(void **state)
{
    struct server *server = *state;
    server->says = "*4\r\n:1\r\n$-1\r\n*2\r\n:40\r\n-ERR no\r\n:1\r\n";
    ask(server);
    loop_run(server->loop);
    assert_int_equal(server->sum, 42);
    assert_string_equal(server->text, "ERR no");
}

static void test_answers_all_that_waits_when_lost_and_returns(void **state)
{
    struct server *server = *state;
    server->says = NULL;
    assert_int_equal(ask(server), 0);
    assert_int_equal(ask(server), 0);
    shutdown(server->peer, SHUT_RDWR);
    loop_run(server->loop);
    assert_int_equal(server->n_lost, 2);
    assert_false(store_connected(server->store));
    assert_int_equal(ask(server), -1);
    server->says = "+OK\r\n";
    loop_run(server->loop);
    assert_int_equal(server->n_connected, 2);
}

/* What a Redis must never send ends the connection, not the process. */
static void test_leaves_a_redis_that_breaks_the_protocol(void **state)
{
    struct server *server = *state;
    static const char *const wrong[] = {
        "+OK\r\n+unasked\r\n",
        "!\r\n",
        "*99999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        ":x\r\n",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        unsigned before = server->n_connected;
        server->says = wrong[i];
        assert_int_equal(ask(server), 0);
        loop_run(server->loop);
        server->says = "+OK\r\n";
        while (server->n_connected == before)
            loop_run(server->loop);
    }
}

static void test_refuses_beyond_the_limit(void **state)
{
    struct server *server = *state;
    int n = 0;
    server->says = NULL;
    while (!ask(server))
        n++;
    assert_int_equal(n, 16384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_logs_in_and_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reads_nested_replies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_all_that_waits_when_lost_and_returns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leaves_a_redis_that_breaks_the_protocol, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_beyond_the_limit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
