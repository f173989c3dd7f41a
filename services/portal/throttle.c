#include "services/portal/throttle.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"

#define BUCKETS 1024
#define WAYS 4
#define BURST 20
#define REFILL_MS 3000

/* An address owes REFILL_MS for each failure; time pays it back. */
struct debtor {
    char address[64];
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

static struct debtor *bucket_of(struct throttle *throttle, const char *address)
{
    uint8_t hash[SHA256_BYTES], short_hash[16];
    crypto_sha256(address, strlen(address), hash);
    memcpy(short_hash, hash, sizeof(short_hash));
    return throttle->debtors[crypto_siphash16(throttle->key, short_hash) % BUCKETS];
}

static struct debtor *find(struct debtor *bucket, const char *address)
{
    for (int i = 0; i < WAYS; i++)
        if (!strcmp(bucket[i].address, address))
            return &bucket[i];
    return NULL;
}

bool throttle_allows(struct throttle *throttle, const char *address, int64_t now_ms)
{
    struct debtor *debtor = find(bucket_of(throttle, address), address);
    return !debtor || debtor->free_ms - now_ms < BURST * REFILL_MS;
}

void throttle_failed(struct throttle *throttle, const char *address, int64_t now_ms)
{
    struct debtor *bucket = bucket_of(throttle, address), *debtor = find(bucket, address);
    if (!debtor) {
        debtor = bucket;
        for (int i = 1; i < WAYS; i++)
            if (bucket[i].free_ms < debtor->free_ms)
                debtor = &bucket[i];
        debtor->free_ms = 0;
        strncpy(debtor->address, address, sizeof(debtor->address) - 1);
        debtor->address[sizeof(debtor->address) - 1] = '\0';
    }
    if (debtor->free_ms < now_ms)
        debtor->free_ms = now_ms;
    debtor->free_ms += REFILL_MS;
}
