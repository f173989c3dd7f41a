/*
 * Many agents in one process, for tests/bench/task/fanout: each enrols with keys of its own, is woken by UDP, fetches,
 * opens, verifies (signatures, threshold, target, status, receipt), answers `running` and `done` with the output in
 * envelopes of its own, and acknowledges. What no agent here does is run a process, or write to a disk.
 *
 *     fanout_bench https://HOST:PORT CA-FILE BEAT-PORT TOKEN COUNT TRUST-FILE TENANT SITE
 *
 * Says `enrolled`, then `dealt N` each time that N documents of kind task were dealt with, N a multiple of COUNT.
 */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/carry/answers.h"
#include "agent/carry/http.h"
#include "agent/wake.h"
#include "lib/beat.h"
#include "lib/clock.h"
#include "lib/envelope/envelope.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/signed/judge.h"
#include "lib/signed/status.h"

#define THREADS 8 /* connections at a time; real agents would open one each */
#define AGENTS_MAX 20000
#define FILE_BYTES (1 << 20)
#define ANSWERS 2

struct agent {
    uint32_t id;
    uint8_t secret[SECRET_BYTES], carry[SECRET_BYTES], beat[SECRET_BYTES], wake[SECRET_BYTES];
    struct envelope_key *sign, *seal;
    struct stream_sender sent;
    struct stream taken;
    uint64_t acknowledged, woken, beats;
    bool queued, busy;
};

static struct agent agents[AGENTS_MAX];
static uint32_t count, first;
static const char *server, *token, *tenant, *site;
static char *ca;
static struct trust *trust;
static struct envelope_key *scheduler_sign, *scheduler_seal;
static struct document status; /* json NULL: none has come yet; the same for all agents */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for all below, and `status` */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t queue[AGENTS_MAX], n_queue, enrolled, dealt;

static void die(const char *what, const struct problem *problem)
{
    fprintf(stderr, "fanout_bench: %s: %s (%s)\n", what, problem->reason, problem->code);
    _exit(1);
}

static json_t *ask(
    struct session *session, struct agent *agent, const char *path, const struct shape *shape, const void *message)
{
    struct problem problem;
    struct answer answer = { 0 };
    struct buf body = { 0 };
    uint8_t code[SHA256_BYTES];
    char mac[80] = "Vedette-MAC: ";
    if (message_encode(shape, message, &body))
        abort();
    crypto_hmac_sha256(agent->carry, sizeof(agent->carry), body.data, body.length, code);
    crypto_hex(code, sizeof(code), mac + strlen(mac));
    if (session_ask(session, path, &body, mac, &answer, &problem))
        die(path, &problem);
    json_t *json = answer_body(&answer, &problem);
    if (!json)
        die(path, &problem);
    buf_free(&body);
    answer_free(&answer);
    return json;
}

static struct envelope_key *make_key(void)
{
    struct problem problem;
    struct buf pem = { 0 };
    struct envelope_key *key = envelope_key_make(ENVELOPE_KEY_P256, &pem, &problem)
                                   ? NULL
                                   : envelope_key_private(pem.data, pem.length, &problem);
    if (!key)
        die("key", &problem);
    buf_free(&pem);
    return key;
}

static void enrol(struct session *session, struct agent *agent)
{
    char secret[HEX_BYTES(SECRET_BYTES)], instance[33], name[32];
    struct call_agent_enrol_reply reply;
    struct problem problem;
    crypto_random(agent->secret, sizeof(agent->secret));
    crypto_hkdf(agent->secret, CARRY_KEY_LABEL, agent->carry, sizeof(agent->carry));
    crypto_hkdf(agent->secret, BEAT_KEY_LABEL, agent->beat, BEAT_KEY_BYTES);
    crypto_hkdf(agent->secret, WAKE_KEY_LABEL, agent->wake, BEAT_KEY_BYTES);
    crypto_hex(agent->secret, sizeof(agent->secret), secret);
    crypto_hex(agent->secret, 16, instance);
    snprintf(name, sizeof(name), "sim-%td", agent - agents);
    agent->sign = make_key();
    agent->seal = make_key();
    const struct call_agent_enrol request = { .token = token,
        .tenant = tenant,
        .site = site,
        .name = name,
        .beat_secret = secret,
        .sign_key = envelope_key_spki(agent->sign),
        .seal_key = envelope_key_spki(agent->seal),
        .instance = instance,
        .hostname = name,
        .os = "simulated",
        .kernel = "simulated",
        .version = "0" };
    json_t *json = ask(session, agent, "/v1/enrol", &call_agent_enrol_shape, &request);
    if (message_decode(&call_agent_enrol_reply_shape, json, &reply, &problem))
        die("enrol", &problem);
    agent->id = reply.agent;
    json_decref(json);
}

/* What an agent does with an envelope. */

static const struct envelope_key *signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    (void)arg;
    *ret_peer = PEER_SCHEDULER;
    return strcmp(fingerprint, envelope_key_fingerprint(scheduler_sign)) ? NULL : scheduler_sign;
}

static char *seal(struct agent *agent, enum envelope purpose, const void *message)
{
    const struct envelope_writer writer = { trust->body->head.deployment, agent->sign, scheduler_seal };
    struct buf envelope = { 0 };
    struct problem problem;
    if (envelope_seal(&writer, purpose, stream_next(&agent->sent, clock_wall_ms()), message, &envelope, &problem))
        die("seal", &problem);
    char *text = malloc(BASE64_BYTES(envelope.length));
    if (!text)
        abort();
    crypto_base64(envelope.data, envelope.length, text);
    buf_free(&envelope);
    return text;
}

static void answer_task(struct session *session, struct agent *agent, const struct document_head *task)
{
    struct envelope_run run = { .document = task->document,
        .document_version = task->version,
        .run_state = RUN_STATE_RUNNING,
        .time = clock_wall_ms() };
    struct call_agent_put_row rows[ANSWERS] = { { .envelope = seal(agent, ENVELOPE_RUN, &run) } };
    run.run_state = RUN_STATE_DONE;
    run.has_exit_status = true;
    run.has_offset = true;
    run.data = "aGVsbG8K";
    rows[1].envelope = seal(agent, ENVELOPE_RUN, &run);
    const struct call_agent_put put = { .agent = agent->id, .n_rows = ANSWERS, .rows = rows };
    json_decref(ask(session, agent, "/v1/put", &call_agent_put_shape, &put));
    for (size_t i = 0; i < ANSWERS; i++)
        free((char *)rows[i].envelope);
    pthread_mutex_lock(&lock);
    if (++dealt % count == 0) {
        printf("dealt %u\n", dealt);
        fflush(stdout);
    }
    pthread_mutex_unlock(&lock);
}

static void judge_task(
    struct session *session, struct agent *agent, const struct dsse *dsse, const struct envelope_document *message)
{
    struct document document;
    struct judgement judgement;
    struct problem problem;
    if (document_parse(dsse, &document, &problem))
        die("document", &problem);
    const struct known known = {
        .trust = trust,
        .status = &status.body.status,
        .fingerprint = envelope_key_fingerprint(agent->sign),
        .tenant = tenant,
        .site = site,
        .now_ms = clock_wall_ms(),
        .receipt = { message->entry, message->entry ? strlen(message->entry) : 0, message->receipt,
            message->receipt ? strlen(message->receipt) : 0 },
    };
    if (judge(dsse, &document, &known, &judgement, &problem))
        die("judge", &problem);
    answer_task(session, agent, &document.body.head);
    document_free(&document);
}

static void take_status(const struct dsse *dsse)
{
    struct document document;
    struct problem problem;
    if (status_follow(dsse, trust, TRUST_NONE_REVOKED, NULL, clock_wall_ms(), &document, &problem))
        die("status", &problem);
    pthread_mutex_lock(&lock);
    if (!status.json)
        status = document;
    else
        document_free(&document);
    pthread_mutex_unlock(&lock);
}

static void take(struct session *session, struct agent *agent, const char *text)
{
    const struct envelope_key *const own[] = { agent->seal };
    const struct envelope_reader reader = {
        .deployment = trust->body->head.deployment, .own = own, .n_own = 1, .signer = signer
    };
    struct envelope_opened opened;
    struct problem problem;
    struct dsse dsse;
    size_t bytes, length = strlen(text);
    uint8_t *data = malloc(length);
    if (!data || crypto_unbase64(text, length, data, length, &bytes))
        abort();
    if (envelope_open(&reader, data, bytes, &opened, &problem))
        die("open", &problem);
    free(data);
    struct stream_held held = { opened.place, clock_wall_ms() };
    size_t index;
    if (stream_choose(&agent->taken, &held, 1, held.since_ms, &index) == STREAM_DEAL) {
        const struct envelope_document *message = opened.message;
        if (opened.purpose != ENVELOPE_DOCUMENT || dsse_parse(message->dsse, strlen(message->dsse), &dsse, &problem))
            die("document", &problem);
        if (dsse.kind == DOCUMENT_KIND_TASK)
            judge_task(session, agent, &dsse, message);
        else if (dsse.kind == DOCUMENT_KIND_STATUS)
            take_status(&dsse);
        dsse_free(&dsse);
        stream_dealt(&agent->taken, opened.place);
    }
    envelope_opened_free(&opened);
}

static void fetch(struct session *session, struct agent *agent)
{
    struct problem problem;
    for (bool some = true; some;) {
        struct call_agent_fetch_reply reply;
        const struct call_agent_fetch request = {
            .agent = agent->id, .has_acknowledged = agent->acknowledged > 0, .acknowledged = agent->acknowledged
        };
        json_t *json = ask(session, agent, "/v1/fetch", &call_agent_fetch_shape, &request);
        if (message_decode(&call_agent_fetch_reply_shape, json, &reply, &problem))
            die("fetch", &problem);
        for (size_t i = 0; i < reply.n_rows; i++) {
            take(session, agent, reply.rows[i].envelope);
            agent->acknowledged = reply.rows[i].number;
        }
        some = reply.n_rows > 0;
        message_free(&call_agent_fetch_reply_shape, &reply);
        json_decref(json);
    }
}

/* Threads with a connection each, and the one that hears wakes. */

static void *work(void *arg)
{
    struct session *session = arg;
    pthread_mutex_lock(&lock);
    while (enrolled < count) {
        struct agent *agent = &agents[enrolled++];
        pthread_mutex_unlock(&lock);
        enrol(session, agent);
        pthread_mutex_lock(&lock);
    }
    for (;;) {
        while (!n_queue)
            pthread_cond_wait(&changed, &lock);
        struct agent *agent = &agents[queue[--n_queue]];
        agent->queued = false;
        agent->busy = true;
        pthread_mutex_unlock(&lock);
        fetch(session, agent);
        pthread_mutex_lock(&lock);
        agent->busy = false;
    }
    return NULL;
}

static void beat_all(int fd, const struct sockaddr_in *to)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[BEAT_BYTES];
        const struct beat beat = {
            .flags = agents[i].beats ? 0 : BEAT_HELLO, .agent = agents[i].id, .counter = ++agents[i].beats
        };
        beat_encode(&beat, agents[i].beat, bytes);
        sendto(fd, bytes, sizeof(bytes), 0, (const struct sockaddr *)to, sizeof(*to));
        if (i % 100 == 99)
            usleep(1000);
    }
}

static void hear(int fd)
{
    uint8_t bytes[64];
    ssize_t length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    struct beat wake;
    if (length < 0 || beat_decode(bytes, (unsigned)length, &wake) || wake.agent < first || wake.agent - first >= count)
        return;
    uint32_t index = wake.agent - first;
    pthread_mutex_lock(&lock);
    struct agent *agent = &agents[index];
    if (wake_take(bytes, (unsigned)length, agent->id, agent->wake, &agent->woken) == WAKE_MAIL && !agent->queued &&
        !agent->busy) {
        agent->queued = true;
        queue[n_queue++] = index;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
}

static int by_id(const void *a, const void *b)
{
    uint32_t left = ((const struct agent *)a)->id, right = ((const struct agent *)b)->id;
    return left < right ? -1 : left > right;
}

static char *read_file(const char *path, size_t *ret_bytes)
{
    struct problem problem;
    char *data;
    if (file_read(path, FILE_BYTES, &data, ret_bytes, &problem))
        die(path, &problem);
    return data;
}

static void read_trust(const char *path)
{
    struct problem problem;
    struct dsse dsse;
    size_t bytes;
    char *text = read_file(path, &bytes);
    if (dsse_parse(text, bytes, &dsse, &problem) || !(trust = trust_pin(text, bytes, dsse.sha256, &problem)))
        die(path, &problem);
    const struct document_sealing *keys = trust_service(trust, ADDRESSEE_SCHEDULER);
    if (!keys || !(scheduler_sign = envelope_key_public(keys->sign_key, &problem)) ||
        !(scheduler_seal = envelope_key_public(keys->seal_key, &problem)))
        die(path, &problem);
    dsse_free(&dsse);
    free(text);
}

static void wait_enrolled(void)
{
    for (uint32_t i = 0; i < count; i++) {
        while (!__atomic_load_n(&agents[i].id, __ATOMIC_ACQUIRE))
            usleep(10000);
    }
    pthread_mutex_lock(&lock);
    qsort(agents, count, sizeof(*agents), by_id);
    first = agents[0].id;
    pthread_mutex_unlock(&lock);
    if (agents[count - 1].id - first != count - 1)
        abort(); /* somebody else enrolled at the same time */
}

int main(int argc, char **argv)
{
    struct problem problem;
    size_t bytes;
    if (argc != 9)
        return 2;
    crypto_open();
    server = argv[1], token = argv[4], tenant = argv[7], site = argv[8];
    ca = read_file(argv[2], &bytes);
    count = (uint32_t)strtoul(argv[5], NULL, 10);
    if (count < 1 || count > AGENTS_MAX)
        return 2;
    read_trust(argv[6]);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        struct session *session = session_open(server, ca, &problem);
        if (!session || pthread_create(&thread, NULL, work, session))
            die("thread", &problem);
    }
    wait_enrolled();
    int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 16 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    const struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    beat_all(fd, &to); /* an address counts from its second beat on */
    beat_all(fd, &to);
    printf("enrolled\n");
    fflush(stdout);
    for (int64_t next_ms = clock_mono_ms() + BEAT_PERIOD_MS;;) {
        struct pollfd ready = { fd, POLLIN, 0 };
        if (poll(&ready, 1, 100) > 0)
            hear(fd);
        if (clock_mono_ms() >= next_ms) {
            beat_all(fd, &to);
            next_ms += BEAT_PERIOD_MS;
        }
    }
}
