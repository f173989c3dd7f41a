#include "lib/bus/keys.h"

#include <stdlib.h>
#include <string.h>

#include "contract/shape.h"

static const struct {
    unsigned peer;
    const char *name;
} names[] = {
    { PEER_INGEST, "ingest" }, { PEER_PORTAL, "portal" }, { PEER_SCHEDULER, "scheduler" }, { PEER_BACKUP, "backup" },
    { PEER_AUDIT, "audit" }, { PEER_ALERT, "alert" }, { PEER_CLI, "cli" },
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

const char *bus_peer_name(unsigned peer)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        if (names[i].peer == peer)
            return names[i].name;
    }
    return "nobody";
}

unsigned bus_peer(const char *name, size_t length)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        if (strlen(names[i].name) == length && !memcmp(names[i].name, name, length))
            return names[i].peer;
    }
    return 0;
}

/* ZeroMQ RFC 32. */
static bool is_z85(const char *text, size_t length)
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    for (size_t i = 0; i < length; i++) {
        if (!text[i] || !strchr(alphabet, text[i]))
            return false;
    }
    return length == BUS_KEY_BYTES - 1;
}

bool bus_key_is(const char *text)
{
    return is_z85(text, strlen(text));
}

static int parse_line(const char *line, size_t length, unsigned number, struct bus_keys *keys, struct problem *problem)
{
    const char *blank = memchr(line, ' ', length);
    unsigned peer = blank ? bus_peer(line, (size_t)(blank - line)) : 0;
    const char *key = blank ? blank + 1 : line;
    size_t key_length = length - (size_t)(key - line);
    if (!peer || !is_z85(key, key_length))
        return problem_set(problem, "bad-keys", "bus.keys", "line %u of bus.keys is not `role public-key`", number);
    if (keys->n == BUS_KEYS_MAX)
        return problem_set(problem, "bad-keys", "bus.keys", "bus.keys has more than %d keys", BUS_KEYS_MAX);
    memcpy(keys->row[keys->n].key, key, key_length);
    if (bus_keys_peer(keys, keys->row[keys->n].key))
        return problem_set(problem, "bad-keys", "bus.keys", "line %u of bus.keys repeats a key", number);
    keys->row[keys->n++].peer = peer;
    return 0;
}

int bus_keys_parse(const char *text, size_t bytes, struct bus_keys *ret, struct problem *problem)
{
    struct bus_keys keys = { 0 };
    unsigned number = 1;
    for (const char *end = text + bytes; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline ? newline : end) - text);
        if (length && *text != '#' && parse_line(text, length, number, &keys, problem))
            return -1;
        text += length + (newline ? 1 : 0);
    }
    *ret = keys;
    return 0;
}

unsigned bus_keys_peer(const struct bus_keys *keys, const char *key)
{
    for (size_t i = 0; i < keys->n; i++) {
        if (!strcmp(keys->row[i].key, key))
            return keys->row[i].peer;
    }
    return 0;
}

const char *bus_keys_key(const struct bus_keys *keys, unsigned peer)
{
    for (size_t i = 0; i < keys->n; i++) {
        if (keys->row[i].peer == peer)
            return keys->row[i].key;
    }
    return NULL;
}

#define SUBSCRIBER "subscriber/"

void bus_who_text(const struct bus_who *who, char ret[BUS_WHO_BYTES])
{
    if (who->peer == PEER_SUBSCRIBER)
        snprintf(ret, BUS_WHO_BYTES, SUBSCRIBER "%u", who->subscriber);
    else
        snprintf(ret, BUS_WHO_BYTES, "%s", bus_peer_name(who->peer));
}

struct bus_who bus_who_read(const char *text)
{
    const size_t prefix = strlen(SUBSCRIBER);
    if (strncmp(text, SUBSCRIBER, prefix))
        return (struct bus_who){ .peer = bus_peer(text, strlen(text)) };
    /* Our own ZAP handler wrote it. */
    return (struct bus_who){ PEER_SUBSCRIBER, (uint32_t)strtoul(text + prefix, NULL, 10) };
}
