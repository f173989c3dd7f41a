#include "services/ingest/live/records.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "services/ingest/presence/presence.h"
#include "services/ingest/registry/registry.h"

void address_text(const uint8_t address[16], char ret[ADDRESS_TEXT_BYTES])
{
    static const uint8_t unknown[16], mapped[12] = { [10] = 0xff, [11] = 0xff };
    ret[0] = '\0';
    if (!memcmp(address, mapped, sizeof(mapped)))
        inet_ntop(AF_INET, address + 12, ret, ADDRESS_TEXT_BYTES);
    else if (memcmp(address, unknown, sizeof(unknown)))
        inet_ntop(AF_INET6, address, ret, ADDRESS_TEXT_BYTES);
}

struct bucket {
    const struct presence *presence;
    struct buf *text;
    struct {
        char id[12];
        size_t offset, bytes; /* in text, which moves while it grows */
    } records[BUCKET_AGENTS];
    size_t n;
};

static void put(struct buf *text, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_text(text, ",\"");
    buf_text(text, name);
    buf_text(text, "\":");
    buf_json_string(text, value, strlen(value));
}

static void add_record(void *arg, const struct agent_row *row)
{
    struct bucket *bucket = arg;
    struct buf *text = bucket->text;
    const struct site *site = &bucket->presence->sites->all[row->site];
    char address[ADDRESS_TEXT_BYTES];
    size_t offset = text->length;
    address_text(bucket->presence->hot->cold[row->agent].address, address);
    buf_text(text, "{\"name\":");
    buf_json_string(text, row->name, strlen(row->name));
    put(text, "tenant", site->tenant);
    put(text, "site", site->name);
    put(text, "hostname", row->hostname);
    put(text, "os", row->os);
    put(text, "address", address);
    buf_text(text, "}");
    snprintf(bucket->records[bucket->n].id, sizeof(bucket->records[0].id), "%" PRIu32, row->agent);
    bucket->records[bucket->n].offset = offset;
    bucket->records[bucket->n++].bytes = text->length - offset;
}

int records_write(struct store *store, struct registry *registry, const struct presence *presence, uint32_t number,
    struct buf *scratch, store_replied *replied, void *arg)
{
    struct bucket bucket = { .presence = presence, .text = scratch };
    struct store_word words[2 + 2 * BUCKET_AGENTS];
    struct problem problem;
    const struct key key = key_agent(number);
    buf_clear(scratch);
    if (registry_each(registry, number * BUCKET_AGENTS, number * BUCKET_AGENTS + BUCKET_AGENTS - 1, add_record, &bucket,
            &problem)) {
        log_problem(LOG_LEVEL_ERROR, "records.unreadable", &problem);
        return -1;
    }
    if (!bucket.n)
        return 0;
    words[0] = (struct store_word){ "HSET", 4 };
    words[1] = (struct store_word){ key.text, key.length };
    for (size_t i = 0; i < bucket.n; i++) {
        words[2 + 2 * i] = (struct store_word){ bucket.records[i].id, strlen(bucket.records[i].id) };
        words[3 + 2 * i] = (struct store_word){ scratch->data + bucket.records[i].offset, bucket.records[i].bytes };
    }
    return store_command(store, words, 2 + 2 * bucket.n, replied, arg);
}
