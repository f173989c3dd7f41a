#include "services/ingest/beats/intake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/beat.h"
#include "services/ingest/beats/wakes.h"
#include "services/ingest/memory/recent.h"
#include "services/ingest/presence/presence.h"

#define AHEAD 16 /* beats whose memory is on its way while the ones before are worked on */

static uint64_t fold(const struct sockaddr *from)
{
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        return (uint64_t)v4->sin_addr.s_addr << 16 | v4->sin_port;
    }
    const struct sockaddr_in6 *v6 = (const void *)from;
    uint64_t high, low;
    memcpy(&high, v6->sin6_addr.s6_addr, 8);
    memcpy(&low, v6->sin6_addr.s6_addr + 8, 8);
    return high * 0x9e3779b97f4a7c15u + low * 0xc2b2ae3d27d4eb4fu + v6->sin6_port;
}

/* Never 0, which is the tag of an address not yet known. */
static uint16_t tag_of(const struct intake *intake, const struct sockaddr *from)
{
    uint64_t mixed = (fold(from) ^ intake->seed) * 0x9e3779b97f4a7c15u;
    uint16_t tag = (uint16_t)((mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u >> 49);
    return tag ? tag : 1;
}

uint16_t intake_address(const struct sockaddr *from, uint8_t ret[16])
{
    if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)from;
        memcpy(ret, &v6->sin6_addr, 16);
        return ntohs(v6->sin6_port);
    }
    const struct sockaddr_in *v4 = (const void *)from;
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    memcpy(ret, mapped, sizeof(mapped));
    memcpy(ret + 12, &v4->sin_addr, 4);
    return ntohs(v4->sin_port);
}

/* Two beats have come from there, perhaps before this process was started. */
static bool is_known(const struct cold *cold, const struct sockaddr *from)
{
    uint8_t address[16];
    uint16_t port = intake_address(from, address);
    return cold->port == port && !memcmp(cold->address, address, sizeof(address));
}

static void learn(struct hot *hot, uint32_t agent, const struct sockaddr *from, bool confirmed)
{
    struct cold *cold = &hot->cold[agent];
    uint8_t address[16];
    uint16_t port = intake_address(from, address);
    cold->port = confirmed ? port : 0;
    if (memcmp(cold->address, address, sizeof(address))) {
        memcpy(cold->address, address, sizeof(address));
        hot->dirty_record[agent / BUCKET_AGENTS] = 1;
    }
    hot_changed(hot, agent);
}

/* A new address is learned by the first beat that comes from it, and confirmed by the second. Returns whether this one
 * did that. */
static bool follow_address(const struct intake *intake, uint32_t agent, const struct sockaddr *from)
{
    struct hot *hot = intake->presence->hot;
    uint16_t tag = tag_of(intake, from), *noted = &hot->pulse[agent].tag;
    if (*noted == (tag | TAG_CONFIRMED))
        return false;
    bool known = is_known(&hot->cold[agent], from), confirmed = known || *noted == tag;
    *noted = confirmed ? tag | TAG_CONFIRMED : tag;
    if (!known)
        learn(hot, agent, from, confirmed);
    return confirmed;
}

static void accept_beat(struct intake *intake, const struct beat *beat, const struct sockaddr *from, int64_t wall_ms)
{
    struct hot *hot = intake->presence->hot;
    uint32_t agent = beat->agent;
    __atomic_store_n(&hot->pulse[agent].counter, beat->counter, __ATOMIC_RELAXED);
    if (intake->recent)
        recent_add(intake->recent, agent, beat->counter);
    bool back = presence_truth(hot->pulse[agent].state) != STATE_ONLINE;
    if (from && follow_address(intake, agent, from))
        back = true;
    presence_beat(intake->presence, agent, beat->flags, wall_ms);
    intake->counts.accepted++;
    if (back && intake->reachable)
        intake->reachable(intake->arg, agent);
}

/* 0: *ret is filled in, and its agent is registered. -1: the reason was counted; *ret is of no meaning. */
static int decode(struct intake *intake, const struct mmsghdr *message, struct beat *ret)
{
    struct intake_counts *counts = &intake->counts;
    const uint8_t *bytes = message->msg_hdr.msg_iov->iov_base;
    if (message->msg_len != BEAT_BYTES)
        counts->bad_length++;
    else if (bytes[0] != BEAT_VERSION)
        counts->bad_version++;
    else if (beat_decode(bytes, BEAT_BYTES, ret))
        counts->bad_layout++;
    else if (ret->agent > intake->presence->hot->highest)
        counts->unknown_agent++;
    else
        return 0;
    return -1;
}

/* Ten million agents do not fit any cache: ask for the line of this one before it is needed. Always inline: GCC 12
 * takes a function that only prefetches for one without effect, and leaves out the call. */
__attribute__((always_inline)) static inline void prefetch(const struct hot *hot, uint32_t agent)
{
    __builtin_prefetch(&hot->pulse[agent], 1);
}

/* The first beat of an agent that comes (back) touches more than its pulse, which is there by now. */
__attribute__((always_inline)) static inline void prefetch_change(const struct hot *hot, uint32_t agent)
{
    if (presence_truth(hot->pulse[agent].state) == STATE_ONLINE)
        return;
    __builtin_prefetch(&hot->cold[agent], 1);
    __builtin_prefetch(&hot->site[agent]);
}

static void judge(
    struct intake *intake, const struct mmsghdr *message, const struct beat *beat, int64_t mono_ms, int64_t wall_ms)
{
    const struct hot *hot = intake->presence->hot;
    const struct sockaddr *from = message->msg_hdr.msg_name;
    if (presence_truth(hot->pulse[beat->agent].state) == STATE_RETIRED) {
        intake->counts.retired++;
    } else if (!beat_authentic(message->msg_hdr.msg_iov->iov_base, hot->pulse[beat->agent].key)) {
        intake->counts.bad_mac++;
    } else if (beat->counter <= hot->pulse[beat->agent].counter) {
        intake->counts.old_counter++;
        if (intake->wakes && from)
            wake_stale(intake->wakes, beat, from, tag_of(intake, from), mono_ms);
    } else {
        accept_beat(intake, beat, from, wall_ms);
        if (beat->flags & BEAT_PROBE && intake->wakes)
            wake_greet(intake->wakes, beat->agent, mono_ms);
    }
}

void intake_take(struct intake *intake, const struct mmsghdr *messages, unsigned n, int64_t mono_ms, int64_t wall_ms)
{
    struct beat ahead[AHEAD]; /* ring: decoded, their memory on its way; agent 0: refused */
    for (unsigned i = 0; i < n + AHEAD; i++) {
        struct beat *beat = &ahead[i % AHEAD];
        const struct beat *halfway = &ahead[(i + AHEAD / 2) % AHEAD];
        if (i >= AHEAD / 2 && halfway->agent)
            prefetch_change(intake->presence->hot, halfway->agent);
        if (i >= AHEAD && beat->agent)
            judge(intake, &messages[i - AHEAD], beat, mono_ms, wall_ms);
        if (i >= n || decode(intake, &messages[i], beat))
            beat->agent = 0;
        else
            prefetch(intake->presence->hot, beat->agent);
    }
    if (intake->recent)
        recent_write(intake->recent, presence_clock_tick(intake->presence->clock));
}
