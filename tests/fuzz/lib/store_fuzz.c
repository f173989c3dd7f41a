/* Any bytes as what Redis answers: nobody waits for ever, and whatever it says ends at most the connection. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/store.h"

#define COMMANDS 8

static struct loop *loop;
static struct store *store;
static int listening, peer;
static struct loop_watch *accepting, *watch;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static char password[64];
static unsigned answered;
static const uint8_t *says;
static size_t says_bytes;

static void look(const struct store_reply *reply)
{
    if ((reply->type == STORE_TEXT || reply->type == STORE_ERROR) && strlen(reply->text) > reply->bytes)
        abort();
    for (size_t i = 0; i < reply->n_items; i++)
        look(&reply->items[i]);
}

static void replied(void *arg, const struct store_reply *reply)
{
    (void)arg;
    if (reply)
        look(reply);
    if (++answered == COMMANDS)
        loop_stop(loop);
}

static void connected(void *arg)
{
    (void)arg;
    const struct store_word word = { "PING", 4 };
    answered = 0;
    for (int i = 0; i < COMMANDS; i++) {
        if (store_command(store, &word, 1, replied, NULL))
            abort();
    }
}

/* Upon AUTH say OK, then what the fuzzer wants, and hang up. */
static void serve(void *arg, uint32_t events)
{
    (void)arg, (void)events;
    char heard[256];
    if (recv(peer, heard, sizeof(heard), 0) > 0 && send(peer, "+OK\r\n", 5, MSG_NOSIGNAL) == 5)
        send(peer, says, says_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    loop_unwatch(watch);
    close(peer);
}

static void take_connection(void *arg, uint32_t events)
{
    (void)arg, (void)events;
    peer = accept(listening, NULL, NULL);
    watch = loop_watch(loop, peer, EPOLLIN, serve, NULL);
}

static void begin(void)
{
    struct problem problem;
    char folder[] = "/tmp/store-fuzz-XXXXXX";
    log_open("fuzz", LOG_LEVEL_ERROR + 1);
    if (!mkdtemp(folder) || !(loop = loop_new()))
        abort();
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
    snprintf(password, sizeof(password), "%s/p", folder);
    listening = socket(AF_UNIX, SOCK_STREAM, 0);
    if (file_write(password, "p", 1, 0600, &problem) || bind(listening, (struct sockaddr *)&address, sizeof(address)) ||
        listen(listening, 5) || !(accepting = loop_watch(loop, listening, EPOLLIN, take_connection, NULL)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    says = data;
    says_bytes = size < 100000 ? size : 100000;
    if (!loop)
        begin();
    /* A new one each time: it connects at once. */
    struct problem problem;
    store = store_open(loop, address.sun_path, "u", password, connected, NULL, &problem);
    if (!store)
        abort();
    loop_run(loop);
    store_free(store);
    return 0;
}
