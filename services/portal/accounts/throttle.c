#include "services/portal/accounts/throttle.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/network.h"

#define BUCKETS 1024
#define WAYS 4
#define BURST 20
#define REFILL_MS 3000

/* A network owes REFILL_MS for each failure; time pays it back. */
struct debtor {
    uint64_t network;
    int64_t free_ms; /* when all is paid */
};

struct throttle {
    uint8_t key[BEAT_KEY_BYTES]; /* a stranger cannot choose addresses that fall into one bucket */
    struct debtor debtors[BUCKETS][WAYS];
};

struct throttle *throttle_new(void)
{
    struct throttle *throttle = calloc(1, sizeof(*throttle));
    if (throttle)
        crypto_random(throttle->key, sizeof(throttle->key));
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    free(throttle);
}

static struct debtor *bucket_of(struct throttle *throttle, uint64_t network)
{
    uint8_t bytes[16] = { 0 };
    memcpy(bytes, &network, sizeof(network));
    return throttle->debtors[crypto_siphash16(throttle->key, bytes) % BUCKETS];
}

static struct debtor *find(struct debtor *bucket, uint64_t network)
{
    for (int i = 0; i < WAYS; i++)
        if (bucket[i].network == network)
            return &bucket[i];
    return NULL;
}

bool throttle_allows(struct throttle *throttle, const char *address, int64_t now_ms)
{
    uint64_t network = network_of(address);
    struct debtor *debtor = find(bucket_of(throttle, network), network);
    return !debtor || debtor->free_ms - now_ms < BURST * REFILL_MS;
}

void throttle_failed(struct throttle *throttle, const char *address, int64_t now_ms)
{
    uint64_t network = network_of(address);
    struct debtor *bucket = bucket_of(throttle, network), *debtor = find(bucket, network);
    if (!debtor) {
        debtor = bucket;
        for (int i = 1; i < WAYS; i++)
            if (bucket[i].free_ms < debtor->free_ms)
                debtor = &bucket[i];
        *debtor = (struct debtor){ .network = network };
    }
    if (debtor->free_ms < now_ms)
        debtor->free_ms = now_ms;
    debtor->free_ms += REFILL_MS;
}
