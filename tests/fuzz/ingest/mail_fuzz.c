/* Any body as mail with the right MAC, to a registry of one agent; any text as a public key. */
#include "tests/fuzz/fuzz.h"

#include <unistd.h>

#include "lib/beat.h"
#include "lib/db.h"
#include "lib/files.h"
#include "services/ingest/enrolment/keys.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mail/mail.h"

static struct ingest ingest;
static uint8_t carry_key[SECRET_BYTES];

static void begin(void)
{
    static const uint8_t secret[SECRET_BYTES] = { 1 };
    char folder[] = "/tmp/mail-fuzz-XXXXXX", key[64], hex[HEX_BYTES(SECRET_BYTES)];
    struct problem problem;
    const struct agent_row row = { .agent = 1, .name = "a", .hostname = "h" };
    crypto_open();
    crypto_hex(secret, sizeof(secret), hex);
    if (!mkdtemp(folder))
        abort();
    snprintf(key, sizeof(key), "%s/master.key", folder);
    if (file_write(key, hex, strlen(hex), 0600, &problem) || hot_reserve(&ingest.hot, 128, &problem) ||
        hot_open(&ingest.hot, folder, &problem) || registry_open(&ingest.registry, ":memory:", key, &problem))
        abort();
    sites_add(&ingest.sites, 0, "", "");
    struct agent_row placed = row;
    placed.site = registry_site(&ingest.registry, &ingest.sites, "t", "s", &problem);
    if (registry_add(&ingest.registry, &placed, secret, &problem))
        abort();
    ingest.hot.highest = 1;
    ingest.hot.site[1] = placed.site;
    ingest.presence = (struct presence){ .hot = &ingest.hot, .sites = &ingest.sites, .clock = &ingest.clock };
    presence_clock_resume(&ingest.clock, ingest.hot.clock, 0, 0);
    crypto_hkdf(secret, CARRY_KEY_LABEL, carry_key, sizeof(carry_key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call_agent_mail_reply reply;
    struct problem problem;
    uint8_t mac[SHA256_BYTES];
    char hex[HEX_BYTES(SHA256_BYTES)], nonce[HEX_BYTES(NONCE_BYTES)], fingerprint[HEX_BYTES(SHA256_BYTES)];
    if (!ingest.registry.db)
        begin();
    crypto_hmac_sha256(carry_key, sizeof(carry_key), data, size, mac);
    crypto_hex(mac, sizeof(mac), hex);
    ingest.hot.cold[1].said = 0; /* the limit of reports a minute would hide everything behind it */
    memset(&ingest.instances, 0, sizeof(ingest.instances)); /* no twins: there is no bus to tell of them */
    mail_take(&ingest, &(struct posted){ (const char *)data, size, hex, "127.0.0.1" }, &reply, nonce, &problem);
    char *text = strndup((const char *)data, size);
    key_check(text, fingerprint);
    free(text);
    return 0;
}
