/*
 * CPU a beat through the real ingest code over a bare recvmmsg loop.
 *
 *     ratio_bench AGENTS FOLDER REDIS_SOCKET PASSWORD_FILE REDIS_PID DISK
 *
 * One thread does both in turn, burst by burst, on beats that are in the socket's queue already. `ingest` is the
 * service's own loop, socket, intake, recording of the recent beats, presence, expiry scan and live pages (with the
 * Redis server's CPU beyond idling), at the pace of a fleet in which each agent beats every 15 s; `bare` naps, calls
 * recvmmsg and does nothing else. FOLDER is in memory: the kernel writes files to a disk by the wall clock, and beats
 * come slower here than to the service. So a period's snapshot and recent beats are written and synced apart, to DISK,
 * and their CPU is added. A line a round: ratio, bare ns, ingest ns, of which Redis server ns and disk ns.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/beat.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/store.h"
#include "services/ingest/beats/beats.h"
#include "services/ingest/beats/intake.h"
#include "services/ingest/live/live.h"
#include "services/ingest/memory/recent.h"
#include "services/ingest/memory/snapshot.h"
#include "services/ingest/presence/announce.h"
#include "services/ingest/presence/presence.h"
#include "services/ingest/registry/registry.h"

#define ROUNDS 9
#define BURSTS_A_ROUND 400
#define BURST_MOST 1024
#define NAP_S 0.005
#define BEATS_A_SNAPSHOT 2 /* of an agent: every 15 s, and a snapshot every 30 s */
#define IDLE_S 5

struct bench {
    struct loop *loop;
    struct hot hot;
    struct presence_clock clock;
    struct sites sites;
    struct presence presence;
    struct intake intake;
    struct recent recent;
    struct registry registry;
    struct live live;
    struct announcer announcer;
    struct beats *beats;
    int sender, bare; /* bare: a second socket, drained by recvmmsg alone */
    struct sockaddr_in bare_address, beats_address;
    uint32_t burst, stride;
    uint64_t position, bare_position, counter, until_tick;
    uint64_t wanted; /* beats accepted at which the loop stops */
    int64_t presence_ms;
    struct mmsghdr out[BURST_MOST], in[BURST_MOST];
    struct iovec out_slots[BURST_MOST], in_slots[BURST_MOST];
    uint8_t out_bytes[BURST_MOST][BEAT_BYTES], in_bytes[BURST_MOST][32];
};

static void die(const char *what, const struct problem *problem)
{
    fprintf(stderr, "ratio_bench: %s: %s\n", what, problem ? problem->reason : "failed");
    exit(1);
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Time on a CPU of another process, in ns. */
static uint64_t process_ns(const char *pid)
{
    char path[64];
    uint64_t ns = 0;
    snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%" SCNu64, &ns) != 1)
        die(path, NULL);
    fclose(file);
    return ns;
}

static void drained(void *arg, bool wait)
{
    (void)wait;
    struct bench *bench = arg;
    announce_changes(&bench->announcer);
    if (bench->intake.counts.accepted >= bench->wanted)
        loop_stop(bench->loop);
}

static void make_fleet(struct bench *bench, uint32_t agents, const char *folder)
{
    struct problem problem;
    if (hot_reserve(&bench->hot, agents, &problem) || hot_open(&bench->hot, folder, &problem))
        die("arrays", &problem);
    struct hot *hot = &bench->hot;
    hot->highest = agents;
    sites_add(&bench->sites, 0, "", "");
    sites_add(&bench->sites, 1, "tenant", "site");
    bench->presence = (struct presence){ .hot = hot, .clock = &bench->clock, .sites = &bench->sites };
    presence_clock_resume(&bench->clock, hot->clock, clock_mono_ms(), clock_wall_ms());
    for (uint32_t agent = 1; agent <= agents; agent++) {
        crypto_random(hot->pulse[agent].key, BEAT_KEY_BYTES);
        hot->site[agent] = 1;
        hot->pulse[agent].state = STATE_ONLINE | STATE_ONLINE << PRESENCE_ANNOUNCED_SHIFT;
    }
    presence_restore(&bench->presence);
    bench->presence.changes_lost = false;
}

static int bound_socket(struct sockaddr_in *ret)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = 32 << 20;
    socklen_t length = sizeof(*ret);
    *ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (bind(fd, (struct sockaddr *)ret, sizeof(*ret)) || getsockname(fd, (struct sockaddr *)ret, &length))
        die("socket", NULL);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    return fd;
}

static void open_sockets(struct bench *bench)
{
    struct problem problem;
    bench->beats = beats_open("127.0.0.1:0", 128 << 20, &problem);
    if (!bench->beats ||
        beats_start(bench->beats, bench->loop, &bench->intake, &bench->clock, drained, bench, &problem))
        die("beats", &problem);
    bench->bare = bound_socket(&bench->bare_address);
    bench->sender = bound_socket(&bench->beats_address);
    bench->beats_address = bench->bare_address;
    bench->beats_address.sin_port = htons((uint16_t)beats_port(bench->beats));
    for (unsigned i = 0; i < BURST_MOST; i++) {
        bench->out_slots[i] = (struct iovec){ bench->out_bytes[i], BEAT_BYTES };
        bench->in_slots[i] = (struct iovec){ bench->in_bytes[i], sizeof(bench->in_bytes[i]) };
        bench->out[i].msg_hdr = (struct msghdr){ .msg_iov = &bench->out_slots[i],
            .msg_iovlen = 1,
            .msg_name = &bench->beats_address,
            .msg_namelen = sizeof(bench->beats_address) };
        bench->in[i].msg_hdr = (struct msghdr){ .msg_iov = &bench->in_slots[i], .msg_iovlen = 1 };
    }
}

static void live_connected(struct bench *bench, const char *socket, const char *password)
{
    struct problem problem;
    bench->live = (struct live){ .presence = &bench->presence, .registry = &bench->registry };
    if (live_open(&bench->live, bench->loop, socket, password, &problem))
        die("redis", &problem);
}

/* One burst into the queue. Making a MAC warms the agent's line: it is put out of the cache again. */
static void fill(struct bench *bench, const struct sockaddr_in *to, uint64_t *position)
{
    for (uint32_t i = 0; i < bench->burst; i++) {
        uint32_t agent = 1 + (uint32_t)((*position)++ % bench->hot.highest * bench->stride % bench->hot.highest);
        const struct beat beat = { .agent = agent, .counter = ++bench->counter };
        beat_encode(&beat, bench->hot.pulse[agent].key, bench->out_bytes[i]);
#ifdef __x86_64__
        __builtin_ia32_clflush(&bench->hot.pulse[agent]);
#endif
        bench->out[i].msg_hdr.msg_name = (void *)to;
    }
    for (uint32_t sent = 0; sent < bench->burst;) {
        int n = sendmmsg(bench->sender, bench->out + sent, bench->burst - sent, 0);
        if (n <= 0)
            die("sendmmsg", NULL);
        sent += (uint32_t)n;
    }
}

static uint64_t run_bare(struct bench *bench)
{
    const struct timespec nap = { .tv_nsec = (long)(NAP_S * 1e9) };
    fill(bench, &bench->bare_address, &bench->bare_position);
    uint64_t began = cpu_ns();
    /* It naps as ingest does: whoever sleeps finds the caches cold, and whoever does not burns a core. */
    nanosleep(&nap, NULL);
    for (uint32_t got = 0; got < bench->burst;) {
        int n = recvmmsg(bench->bare, bench->in, BURST_MOST, MSG_DONTWAIT, NULL);
        if (n <= 0)
            die("recvmmsg", NULL);
        got += (uint32_t)n;
    }
    return cpu_ns() - began;
}

/* The clock that presence goes by moves with the beats: a tick is so many of them. Between ticks it is held. */
static void hold_clock(struct bench *bench)
{
    bench->clock.mono_ms = clock_mono_ms();
    bench->hot.clock->now_ms = bench->presence_ms;
}

static void tick(struct bench *bench)
{
    int64_t wall_ms = clock_wall_ms();
    bench->presence_ms += TICK_MS;
    hold_clock(bench);
    presence_scan(&bench->presence, wall_ms);
    announce_changes(&bench->announcer);
    announce_rest(&bench->announcer);
    live_tick(&bench->live);
}

static uint64_t run_ingest(struct bench *bench)
{
    fill(bench, &bench->beats_address, &bench->position);
    bench->wanted = bench->intake.counts.accepted + bench->burst;
    hold_clock(bench);
    uint64_t began = cpu_ns();
    loop_run(bench->loop);
    /* So many beats are an eighth of a second of this fleet. */
    uint64_t a_tick = bench->hot.highest / 15 * TICK_MS / 1000;
    for (bench->until_tick += bench->burst; bench->until_tick >= a_tick; bench->until_tick -= a_tick)
        tick(bench);
    return cpu_ns() - began;
}

/* What a Redis that nobody asks anything costs, ns of CPU a ms. */
static double idle_of(const char *redis_pid)
{
    uint64_t before = process_ns(redis_pid);
    sleep(IDLE_S);
    return (double)(process_ns(redis_pid) - before) / (IDLE_S * 1000.0);
}

/* CPU of recording a period's beats in folder, over files that were written before as they are in the service. */
static uint64_t record_period(struct bench *bench, const char *folder, bool and_snapshot)
{
    static struct recent recent;
    struct pair snapshots;
    struct problem problem;
    uint64_t began = 0, beats = (uint64_t)bench->hot.highest * BEATS_A_SNAPSHOT;
    if (pair_open(&snapshots, folder, "pulses", &problem) || pair_open(&recent.files, folder, "recent", &problem))
        die("files", &problem);
    recent.most_bytes = UINT64_MAX;
    uint64_t frame = bench->burst < RECENT_BATCH ? bench->burst : RECENT_BATCH;
    recent.generation = 1; /* the rounds write generation 0 */
    for (int lap = 0; lap < 2; lap++) {
        began = cpu_ns();
        recent.position = 0;
        for (uint64_t i = 1; i <= beats; i++) {
            recent_add(&recent, (uint32_t)(i % bench->hot.highest), i);
            if (i % frame == 0)
                recent_write(&recent, i);
        }
        if (recent.error ||
            (and_snapshot && (fdatasync(recent.files.fd[1]) || snapshot_write(&snapshots, 1, &bench->hot))))
            die("recording", NULL);
    }
    uint64_t took = cpu_ns() - began;
    pair_close(&snapshots);
    pair_close(&recent.files);
    return took;
}

/* What a disk adds: its own way of taking the recent beats, which the rounds record in memory, syncing, the
 * snapshot. */
static double disk_ns_a_beat(struct bench *bench, const char *disk, const char *memory)
{
    uint64_t with = record_period(bench, disk, true), without = record_period(bench, memory, false);
    double beats = (double)bench->hot.highest * BEATS_A_SNAPSHOT;
    return with > without ? (double)(with - without) / beats : 0;
}

static void round_of(struct bench *bench, const char *redis_pid, double redis_idle, double disk_ns)
{
    uint64_t bare = 0, ingest = 0, redis = process_ns(redis_pid);
    int64_t began_ms = clock_mono_ms();
    for (int i = 0; i < BURSTS_A_ROUND; i++) {
        bare += run_bare(bench);
        ingest += run_ingest(bench);
    }
    double n = (double)BURSTS_A_ROUND * bench->burst;
    double idle = redis_idle * (double)(clock_mono_ms() - began_ms);
    double redis_ns = ((double)(process_ns(redis_pid) - redis) - idle) / n;
    redis_ns = redis_ns > 0 ? redis_ns : 0;
    double bare_ns = (double)bare / n, ingest_ns = (double)ingest / n + redis_ns + disk_ns;
    printf("%.4f %.1f %.1f %.1f %.1f\n", ingest_ns / bare_ns, bare_ns, ingest_ns, redis_ns, disk_ns);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct problem problem;
    char path[256];
    if (argc == 1) /* the size of what a beat touches */
        return printf("%zu\n", sizeof(struct pulse)) < 0;
    if (argc != 7)
        return 2;
    uint32_t agents = (uint32_t)strtoul(argv[1], NULL, 10);
    crypto_open();
    bench.loop = loop_new();
    bench.burst = (uint32_t)(agents / 15 * NAP_S);
    bench.burst = bench.burst > BURST_MOST ? BURST_MOST : bench.burst;
    bench.stride = 6180339; /* a prime: neighbours in time are far apart in memory */
    make_fleet(&bench, agents, argv[2]);
    snprintf(path, sizeof(path), "%s/master.key", argv[2]);
    char *database = strdup(path);
    strcpy(strrchr(database, '/'), "/b.db");
    if (registry_open(&bench.registry, database, path, &problem))
        die("registry", &problem);
    if (pair_open(&bench.recent.files, argv[2], "recent", &problem))
        die("recent beats", &problem);
    bench.recent.most_bytes = UINT64_MAX;
    bench.intake = (struct intake){ .presence = &bench.presence, .recent = &bench.recent };
    bench.announcer =
        (struct announcer){ .presence = &bench.presence, .registry = &bench.registry, .live = &bench.live };
    double disk_ns = disk_ns_a_beat(&bench, argv[6], argv[2]);
    live_connected(&bench, argv[3], argv[4]);
    open_sockets(&bench);
    /* Warm up: every page of memory touched, everything that a new connection to Redis makes due written. */
    for (uint64_t touched = 0; touched < agents; touched += bench.burst)
        run_ingest(&bench);
    memset(bench.hot.dirty_record, 0, hot_buckets(&bench.hot)); /* there are none: the registry is empty */
    bench.recent.position = 0; /* from now on over what was written, as in the service */
    double redis_idle = idle_of(argv[5]);
    for (int i = 0; i < ROUNDS; i++)
        round_of(&bench, argv[5], redis_idle, disk_ns);
    if (!store_connected(bench.live.store))
        die("Redis went away", NULL);
    return 0;
}
