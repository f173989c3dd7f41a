#include "lib/bus/call_wire.h"

#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "lib/message/message.h"
#include "lib/wire.h"

#define VERSION 1
#define CODES_MAX 256       /* codes are words of our own programs: some dozens */
#define CODE_BYTES_MAX 64

int call_request_encode(struct buf *out, const struct call_request *request)
{
    const char *name = call_rows[request->call].name;
    size_t name_bytes = strlen(name), actor_bytes = strlen(request->actor);
    return wire_add_u8(out, VERSION) || wire_add_u64(out, request->id) || wire_add_u32(out, request->deadline_ms) ||
                   wire_add_u8(out, (uint8_t)name_bytes) || buf_append(out, name, name_bytes) ||
                   wire_add_u8(out, (uint8_t)actor_bytes) || buf_append(out, request->actor, actor_bytes) ||
                   buf_append(out, request->json, request->json_bytes)
               ? -1
               : 0;
}

static int call_by_name(const char *name, size_t bytes)
{
    for (int i = 0; i < CALL_COUNT; i++) {
        if (strlen(call_rows[i].name) == bytes && !memcmp(call_rows[i].name, name, bytes))
            return i;
    }
    return -1;
}

/* Actors go into the log: no control characters. UTF-8 is checked by whoever makes JSON of it. */
static int read_actor(struct wire_reader *in, char ret[CALL_ACTOR_BYTES_MAX + 1])
{
    size_t bytes = wire_u8(in);
    const uint8_t *actor = wire_bytes(in, bytes);
    if (!actor || bytes > CALL_ACTOR_BYTES_MAX)
        return -1;
    for (size_t i = 0; i < bytes; i++) {
        if (actor[i] < 0x20 || actor[i] >= 0x7f)
            return -1;
    }
    memcpy(ret, actor, bytes);
    ret[bytes] = '\0';
    return 0;
}

int call_request_decode(const void *data, size_t bytes, struct call_request *ret)
{
    struct wire_reader in = { data, bytes, false };
    uint8_t version = wire_u8(&in);
    ret->id = wire_u64(&in);
    ret->deadline_ms = wire_u32(&in);
    size_t name_bytes = wire_u8(&in);
    const char *name = wire_bytes(&in, name_bytes);
    if (!name || version != VERSION || read_actor(&in, ret->actor))
        return -1;
    ret->call = call_by_name(name, name_bytes);
    ret->json = (const char *)in.at;
    ret->json_bytes = in.left;
    return 0;
}

int call_answer_start(struct buf *out, uint64_t id, bool refused)
{
    return wire_add_u8(out, VERSION) || wire_add_u64(out, id) || wire_add_u8(out, refused) ? -1 : 0;
}

int call_answer_decode(const void *data, size_t bytes, struct call_answer *ret)
{
    struct wire_reader in = { data, bytes, false };
    uint8_t version = wire_u8(&in);
    ret->id = wire_u64(&in);
    uint8_t refused = wire_u8(&in);
    ret->refused = refused;
    ret->json = (const char *)in.at;
    ret->json_bytes = in.left;
    return in.failed || version != VERSION || refused > 1 ? -1 : 0;
}

int call_problem_encode(struct buf *out, const struct problem *problem)
{
    return buf_text(out, "{\"code\":") || buf_json_string(out, problem->code, strlen(problem->code)) ||
                   buf_text(out, ",\"reason\":") || buf_json_string(out, problem->reason, strlen(problem->reason)) ||
                   buf_text(out, ",\"field\":") || buf_json_string(out, problem->field, strlen(problem->field)) ||
                   buf_text(out, "}")
               ? -1
               : 0;
}

/* problem.code is static text: each code that ever came is kept once. */
static const char *keep_code(const char *code)
{
    static char *codes[CODES_MAX];
    static unsigned n_codes;
    for (unsigned i = 0; i < n_codes; i++) {
        if (!strcmp(codes[i], code))
            return codes[i];
    }
    char *copy = n_codes < CODES_MAX && strlen(code) <= CODE_BYTES_MAX ? strdup(code) : NULL;
    if (!copy)
        return "refused";
    codes[n_codes++] = copy;
    return copy;
}

int call_problem_decode(const char *json, size_t bytes, struct problem *ret)
{
    json_t *object = message_parse(json, bytes, NULL);
    const char *code, *reason, *field;
    int error = object ? json_unpack(object, "{s:s, s:s, s:s}", "code", &code, "reason", &reason, "field", &field) : -1;
    if (!error) {
        ret->code = keep_code(code);
        snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
        snprintf(ret->field, sizeof(ret->field), "%s", field);
    }
    json_decref(object);
    return error;
}
