#include "agent/outcome.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/message/message.h"
#include "lib/problem.h"

static bool is_address(const char *text)
{
    struct in6_addr any;
    return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

static bool is_nonce(const char *text)
{
    return strlen(text) == NONCE_BYTES - 1 && strspn(text, "0123456789abcdef") == NONCE_BYTES - 1;
}

static int take_delivered(json_t *json, struct outcome *ret, struct problem *problem)
{
    const char *address, *nonce;
    json_int_t counter;
    if (json_unpack_ex(
            json, NULL, JSON_STRICT, "{s:s, s:I, s:s}", "address", &address, "counter", &counter, "nonce", &nonce) ||
        counter < 0 || !is_address(address) || !is_nonce(nonce))
        return problem_set(problem, "bad-outcome", "", "not the outcome of a delivery");
    *ret = (struct outcome){ .delivered = true, .counter = (uint64_t)counter };
    memcpy(ret->address, address, strlen(address) + 1);
    memcpy(ret->nonce, nonce, NONCE_BYTES);
    return 0;
}

static int take_carried(json_t *json, struct outcome *ret, struct problem *problem)
{
    const char *carried;
    size_t bytes;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s%}", "carried", &carried, &bytes) || !bytes ||
        bytes >= sizeof(ret->carried))
        return problem_set(problem, "bad-outcome", "", "not the outcome of a delivery");
    *ret = (struct outcome){ 0 };
    memcpy(ret->carried, carried, bytes);
    return 0;
}

static int take_failed(json_t *json, struct outcome *ret, struct problem *problem)
{
    const char *code, *reason;
    size_t code_bytes, reason_bytes;
    if (json_unpack_ex(
            json, NULL, JSON_STRICT, "{s:s%, s:s%}", "code", &code, &code_bytes, "reason", &reason, &reason_bytes) ||
        code_bytes >= sizeof(ret->code) || reason_bytes >= sizeof(ret->reason))
        return problem_set(problem, "bad-outcome", "", "not the outcome of a delivery");
    *ret = (struct outcome){ 0 };
    memcpy(ret->code, code, code_bytes);
    memcpy(ret->reason, reason, reason_bytes);
    return 0;
}

void instance_make(char ret[INSTANCE_BYTES])
{
    uint8_t bytes[(INSTANCE_BYTES - 1) / 2];
    crypto_random(bytes, sizeof(bytes));
    crypto_hex(bytes, sizeof(bytes), ret);
}

int outcome_parse(const char *text, size_t bytes, struct outcome *ret, struct problem *problem)
{
    json_t *json = message_parse(text, bytes, problem);
    if (!json)
        return -1;
    int error = json_object_get(json, "code")      ? take_failed(json, ret, problem)
                : json_object_get(json, "carried") ? take_carried(json, ret, problem)
                                                   : take_delivered(json, ret, problem);
    json_decref(json);
    return error;
}

int outcome_encode(const struct outcome *outcome, struct buf *out)
{
    json_t *json = outcome->delivered  ? json_pack("{s:s, s:I, s:s}", "address", outcome->address, "counter",
                                             (json_int_t)outcome->counter, "nonce", outcome->nonce)
                   : *outcome->carried ? json_pack("{s:s}", "carried", outcome->carried)
                                       : json_pack("{s:s, s:s}", "code", outcome->code, "reason", outcome->reason);
    char *text = json ? message_text(json, JSON_COMPACT) : NULL;
    int error = text ? buf_text(out, text) || buf_append(out, "\n", 1) : -1;
    free(text);
    json_decref(json);
    return error;
}
