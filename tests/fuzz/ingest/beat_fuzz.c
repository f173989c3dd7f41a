/*
 * Any datagrams to a fleet of four agents. Each begins with a byte that says how long it is, and one that says whether
 * its MAC shall be put right, so that what lies behind the MAC is reached too.
 */
#include "tests/fuzz/fuzz.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/beat.h"
#include "lib/problem.h"
#include "services/ingest/beats/intake.h"
#include "services/ingest/presence/presence.h"

#define AGENTS 4
#define DATAGRAMS 64

static struct hot hot;
static struct presence_clock presence_clock;
static struct sites sites;
static struct presence presence;
static struct intake intake;

static void begin(void)
{
    struct problem problem;
    char folder[] = "/tmp/beat-fuzz-XXXXXX";
    if (hot_reserve(&hot, 128, &problem) || !mkdtemp(folder) || hot_open(&hot, folder, &problem))
        abort();
    sites_add(&sites, 0, "", "");
    sites_add(&sites, 1, "t", "s");
    presence_clock_resume(&presence_clock, hot.clock, 0, 0);
    presence = (struct presence){ .hot = &hot, .clock = &presence_clock, .sites = &sites };
    intake.presence = &presence;
}

static void fresh_fleet(void)
{
    memset(hot.pulse, 0, (AGENTS + 1) * sizeof(*hot.pulse));
    memset(presence.agents, 0, sizeof(presence.agents));
    presence.n_changed = 0;
    sites.all[1].live = 0;
    for (uint32_t agent = 1; agent <= AGENTS; agent++) {
        hot.site[agent] = 1;
        presence_add(&presence, agent, 0);
    }
    hot.highest = AGENTS;
    presence_retire(&presence, AGENTS, 0);
}

static void check(unsigned n, const struct intake_counts *before)
{
    const struct intake_counts *now = &intake.counts;
    uint64_t counted = 0;
    for (size_t i = 0; i < sizeof(*now) / sizeof(uint64_t); i++)
        counted += ((const uint64_t *)now)[i] - ((const uint64_t *)before)[i];
    if (counted != n || presence_shown(hot.pulse[AGENTS].state) != STATE_RETIRED || hot.pulse[AGENTS].counter)
        abort();
    int64_t live = 0;
    for (uint32_t agent = 1; agent <= AGENTS; agent++)
        live += presence_live(presence_truth(hot.pulse[agent].state));
    if (live != sites.all[1].live || now->accepted - before->accepted < (uint64_t)live)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[DATAGRAMS][32];
    static struct mmsghdr messages[DATAGRAMS];
    static struct iovec slots[DATAGRAMS];
    static struct sockaddr_in from[DATAGRAMS];
    unsigned n = 0;
    if (!hot.pulse)
        begin();
    fresh_fleet();
    while (size >= 2 && n < DATAGRAMS) {
        unsigned length = data[0], copied = length < 32 ? length : 32;
        bool right = data[1] & 1, named = data[1] & 2;
        from[n] = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = (uint16_t)(data[1] >> 2) };
        data += 2;
        size -= 2;
        copied = copied < size ? copied : (unsigned)size;
        memset(bytes[n], 0, sizeof(bytes[n]));
        memcpy(bytes[n], data, copied);
        data += copied;
        size -= copied;
        struct beat beat;
        if (right && !beat_decode(bytes[n], BEAT_BYTES, &beat) && beat.agent <= AGENTS)
            beat_encode(&beat, hot.pulse[beat.agent].key, bytes[n]);
        slots[n] = (struct iovec){ bytes[n], sizeof(bytes[n]) };
        messages[n] = (struct mmsghdr){
            .msg_hdr = { .msg_name = named ? &from[n] : NULL, .msg_iov = &slots[n], .msg_iovlen = 1 },
            .msg_len = length,
        };
        n++;
    }
    const struct intake_counts before = intake.counts;
    intake_take(&intake, messages, n, 0, 1000);
    check(n, &before);
    return 0;
}
