#include "agent/restore/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/exchange.h"
#include "lib/clock.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define COMMIT_PART_BYTES (192u << 10)
#define LOOK_MS 100

static char refused_code[65]; /* a problem's code must outlive the message that it came with */

int keys_make(struct keys *keys)
{
    keys->each = calloc(keys->commit->n_segments + 1, sizeof(*keys->each));
    keys->wanted = calloc(keys->commit->n_segments + 1, sizeof(*keys->wanted));
    return keys->each && keys->wanted ? 0 : -1;
}

void keys_free(struct keys *keys)
{
    for (size_t i = 0; keys->each && i <= keys->commit->n_segments; i++)
        free((void *)keys->each[i].recipients);
    free(keys->each);
    free(keys->wanted);
}

void keys_want(struct keys *keys, uint32_t segment)
{
    keys->wanted[segment] = !keys->each[segment].bytes;
}

static int put(struct keys *keys, enum envelope purpose, json_t *body, struct problem *problem)
{
    char *text = body ? message_text(body, JSON_COMPACT) : NULL;
    int error = text ? exchange_put(keys->exchange, EXCHANGE_OUT, ++keys->asked, purpose, text, problem)
                     : problem_set(problem, "no-memory", "", "no memory to ask for keys");
    free(text);
    json_decref(body);
    return error;
}

static int send_commit(struct keys *keys, const char *sha256, struct problem *problem)
{
    char *data = malloc(BASE64_BYTES(COMMIT_PART_BYTES));
    int error = data ? 0 : problem_set(problem, "no-memory", "", "no memory to ask for keys");
    for (size_t at = 0; !error && at < keys->object->length; at += COMMIT_PART_BYTES) {
        size_t rest = keys->object->length - at, bytes = rest < COMMIT_PART_BYTES ? rest : COMMIT_PART_BYTES;
        crypto_base64(keys->object->data + at, bytes, data);
        error = put(keys, ENVELOPE_KEYS_COMMIT,
            json_pack("{ss sI sI ss}", "commit_sha256", sha256, "commit_bytes", (json_int_t)keys->object->length,
                "offset", (json_int_t)at, "data", data),
            problem);
    }
    free(data);
    return error;
}

static int keep_head(void *arg, const void *data, size_t bytes)
{
    return buf_append(arg, data, bytes);
}

/* What the object begins with has the key. */
static json_t *recipients_of(struct keys *keys, uint32_t segment, struct problem *problem)
{
    const struct commit *commit = keys->commit;
    char name[OBJECT_NAME_BYTES];
    struct buf head = { .limit_bytes = BULK_HEAD_BYTES_MAX };
    const void *recipients;
    size_t bytes;
    json_t *found = NULL;
    if (segment == commit->n_segments)
        name_of_backup(name, commit->agent, OBJECT_MANIFEST, commit->backup);
    else
        name_segment(name, commit->agent, commit->segments[segment].sha256);
    if (target_get(keys->target, name, 0, BULK_HEAD_BYTES_MAX - 1, keep_head, &head, problem) == TARGET_DONE &&
        !envelope_bulk_recipients(head.data, head.length, &recipients, &bytes, problem)) {
        char text[BASE64_BYTES(BULK_HEAD_BYTES_MAX)];
        crypto_base64(recipients, bytes, text);
        if (!(found = json_string(text)))
            problem_set(problem, "no-memory", "", "no memory to ask for keys");
    }
    buf_free(&head);
    return found;
}

/* As much of what is marked, from the segment *at on, as one question has room for; NULL + no problem: there is no
 * more. */
static int send_some(struct keys *keys, const char *sha256, uint32_t *at, bool *ret_more, struct problem *problem)
{
    json_t *segments = json_array(), *recipients = json_array();
    int error = 0;
    for (; *at <= keys->commit->n_segments && !error && json_array_size(segments) < KEYS_AT_A_TIME; ++*at) {
        if (!keys->wanted[*at])
            continue;
        json_t *one = recipients_of(keys, *at, problem);
        error = !one || json_array_append_new(recipients, one) || json_array_append_new(segments, json_integer(*at));
    }
    *ret_more = json_array_size(segments) > 0;
    json_t *body = json_pack("{ss so so}", "commit_sha256", sha256, "segment", segments, "recipients", recipients);
    if (!error && *ret_more)
        return put(keys, ENVELOPE_KEYS_WANTED, body, problem);
    json_decref(body);
    return error ? -1 : 0;
}

static int send_questions(struct keys *keys, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    char sha256[HEX_BYTES(SHA256_BYTES)];
    uint32_t at = 0;
    bool more = true;
    crypto_sha256(keys->object->data, keys->object->length, hash);
    crypto_hex(hash, sizeof(hash), sha256);
    int error = send_commit(keys, sha256, problem);
    while (!error && more)
        error = send_some(keys, sha256, &at, &more, problem);
    return error;
}

static void take_key(struct keys *keys, uint32_t segment, const char *text, size_t length)
{
    size_t bytes;
    uint8_t *der = malloc(length + 1);
    if (der && segment <= keys->commit->n_segments && keys->wanted[segment] &&
        !crypto_unbase64(text, length, der, length, &bytes) && bytes) {
        keys->each[segment] = (struct reader_wrapped){ der, bytes };
        keys->wanted[segment] = false;
    } else {
        free(der);
    }
}

/* Only what was asked for is looked at. Whether it is the right key, opening the segment will show. */
static void take_keys(struct keys *keys, const char *lines)
{
    for (const char *line = lines; *line;) {
        char *blank;
        unsigned long segment = strtoul(line, &blank, 10);
        size_t length = strcspn(blank, "\n");
        if (*blank == ' ' && segment <= UINT32_MAX)
            take_key(keys, (uint32_t)segment, blank + 1, length - 1);
        line = blank + length + (blank[length] == '\n');
    }
}

/* "no-commit": the service was started anew, and forgot it. */
static int take_refusal(struct keys *keys, const struct envelope_keys_refused *refused, struct problem *problem)
{
    if (!strcmp(refused->code, "no-commit"))
        return send_questions(keys, problem);
    snprintf(refused_code, sizeof(refused_code), "%s", refused->code);
    return problem_set(problem, refused_code, "", "the restore key service: %s", refused->reason);
}

static int take_message(struct keys *keys, enum envelope purpose, const json_t *body, struct problem *problem)
{
    union {
        struct envelope_keys keys;
        struct envelope_keys_refused refused;
    } message;
    const struct shape *shape = envelope_rows[purpose].body;
    if ((purpose != ENVELOPE_KEYS && purpose != ENVELOPE_KEYS_REFUSED) || message_decode(shape, body, &message, NULL))
        return 0;
    int error = 0;
    if (purpose == ENVELOPE_KEYS)
        take_keys(keys, message.keys.wrapped_keys);
    else
        error = take_refusal(keys, &message.refused, problem);
    message_free(shape, &message);
    return error;
}

static bool is_complete(const struct keys *keys)
{
    for (size_t i = 0; i <= keys->commit->n_segments; i++) {
        if (keys->wanted[i])
            return false;
    }
    return true;
}

int keys_ask(struct keys *keys, struct problem *problem)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    if (is_complete(keys))
        return 0;
    int error = send_questions(keys, problem);
    int64_t heard_ms = clock_mono_ms(), asked_ms = heard_ms;
    while (!error && !is_complete(keys)) {
        struct exchanged message;
        if (exchange_next(keys->exchange, EXCHANGE_IN, &message, NULL) > 0) {
            error = take_message(keys, message.purpose, message.body, problem);
            exchange_drop(keys->exchange, EXCHANGE_IN, &message);
            heard_ms = asked_ms = clock_mono_ms();
            continue;
        }
        int64_t now_ms = clock_mono_ms();
        if (now_ms - heard_ms > KEYS_WAIT_MS)
            return problem_set(problem, "no-answer", "", "the restore key service does not answer");
        if (now_ms - asked_ms > KEYS_AGAIN_MS) {
            error = send_questions(keys, problem);
            asked_ms = now_ms;
        }
        nanosleep(&pause, NULL);
    }
    return error;
}
