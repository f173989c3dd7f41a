#include "lib/bus/resume.h"

#include <stdio.h>
#include <string.h>

#include "lib/event/event.h"
#include "lib/message/message.h"
#include "lib/wire.h"

#define SUBSCRIBE "subscribe"
#define REPLAY "replay"
#define GRANTED "granted"
#define RECORDS "records"
#define REFUSED "refused"
#define CURSOR "cursor"
#define REVOKED "revoked"
#define REFUSED_BYTES_MAX 256
#define TYPE_BYTES_MAX 64

static bool is(const struct bus_frame *frame, const char *text)
{
    return frame->bytes == strlen(text) && !memcmp(frame->data, text, frame->bytes);
}

static struct bus_frame text_frame(const char *text)
{
    return (struct bus_frame){ text, strlen(text) };
}

static int read_number(const struct bus_frame *frame, size_t bytes, uint64_t *ret)
{
    struct wire_reader in = { frame->data, frame->bytes, false };
    if (frame->bytes != bytes)
        return -1;
    *ret = bytes == 4 ? wire_u32(&in) : wire_u64(&in);
    return 0;
}

static int read_id(const void *data, size_t bytes, char ret[RESUME_ID_BYTES])
{
    const char *id = data;
    if (bytes != RESUME_ID_BYTES - 1)
        return -1;
    for (size_t i = 0; i < bytes; i++) {
        if (!(id[i] >= '0' && id[i] <= '9') && !(id[i] >= 'a' && id[i] <= 'f'))
            return -1;
    }
    memcpy(ret, id, bytes);
    ret[bytes] = '\0';
    return 0;
}

bool resume_types_have(const struct resume_types *types, int event)
{
    return types->all || (event >= 0 && types->bits[event / 8] & 1u << event % 8);
}

bool resume_types_within(const struct resume_types *types, const struct resume_types *of)
{
    unsigned beyond = types->all;
    for (size_t i = 0; i < sizeof(types->bits); i++)
        beyond |= types->bits[i] & ~(unsigned)of->bits[i];
    return of->all || !beyond;
}

static int add_type(struct resume_types *types, const char *name)
{
    int event = event_by_type(name);
    if (event < 0)
        return -1;
    types->bits[event / 8] |= (uint8_t)(1u << event % 8);
    return 0;
}

int resume_types_read(const char *text, struct resume_types *ret)
{
    struct resume_types types = { .all = !text || !*text };
    char name[TYPE_BYTES_MAX + 1];
    while (!types.all && *text) {
        size_t length = strcspn(text, " ");
        if (length > TYPE_BYTES_MAX)
            return -1;
        memcpy(name, text, length);
        name[length] = '\0';
        if (add_type(&types, name))
            return -1;
        text += length + (text[length] == ' ');
    }
    *ret = types;
    return 0;
}

int resume_types_write(const struct resume_types *types, struct buf *out)
{
    const char *blank = "";
    int error = 0;
    for (int event = 0; event < EVENT_COUNT && !types->all; event++) {
        if (!resume_types_have(types, event))
            continue;
        error |= buf_format(out, "%svedette.%s.v1", blank, event_rows[event].type);
        blank = " ";
    }
    return error;
}

/* One type, or a list of them. */
static int read_types(const json_t *json, struct resume_types *ret)
{
    struct resume_types types = { .all = !json };
    size_t i;
    json_t *one;
    bool one_only = json_is_string(json);
    if (json && !one_only && (!json_is_array(json) || !json_array_size(json)))
        return -1;
    if (one_only && add_type(&types, json_string_value(json)))
        return -1;
    json_array_foreach(json, i, one) {
        if (!json_is_string(one) || add_type(&types, json_string_value(one)))
            return -1;
    }
    *ret = types;
    return 0;
}

static int read_filter(const json_t *json, struct resume_filter *ret)
{
    const char *class = NULL, *tenant = "";
    const json_t *types = NULL;
    int sev = 4;
    /* "!": no other field. */
    if (json_unpack((json_t *)json, "{s:s, s?s, s?i, s?o !}", "class", &class, "tenant", &tenant, "sev", &sev, "type",
            &types) ||
        word_index(class_words, class) < 0 || strlen(tenant) >= sizeof(ret->tenant) || sev < 1 || sev > 4)
        return -1;
    ret->class = (enum class)word_index(class_words, class);
    strcpy(ret->tenant, tenant);
    ret->least_sev = sev;
    return read_types(types, &ret->types);
}

static int decode_subscribe(const struct bus_frame *frames, struct resume_request *ret)
{
    json_t *json = message_parse(frames[1].data, frames[1].bytes, NULL);
    int error = json ? read_filter(json, &ret->filter) : -1;
    json_decref(json);
    return error;
}

static int decode_replay(const struct bus_frame *frames, struct resume_request *ret)
{
    uint64_t max;
    if (read_id(frames[1].data, frames[1].bytes, ret->id) || read_number(&frames[2], 8, &ret->from) ||
        read_number(&frames[3], 4, &max))
        return -1;
    ret->max = (uint32_t)max;
    return 0;
}

static int decode_cursor(const struct bus_frame *frames, struct resume_request *ret)
{
    return read_id(frames[1].data, frames[1].bytes, ret->id) || read_number(&frames[2], 8, &ret->from) ? -1 : 0;
}

int resume_request_decode(const struct bus_frame *frames, size_t n, struct resume_request *ret)
{
    static const struct {
        const char *kind;
        size_t n;
        int (*decode)(const struct bus_frame *frames, struct resume_request *ret);
    } wishes[] = {
        [RESUME_SUBSCRIBE] = { SUBSCRIBE, 2, decode_subscribe },
        [RESUME_REPLAY] = { REPLAY, 4, decode_replay },
        [RESUME_CURSOR] = { CURSOR, 3, decode_cursor },
    };
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        struct resume_request request = { .wish = (enum resume_wish)i };
        if (n != wishes[i].n || !is(&frames[0], wishes[i].kind))
            continue;
        if (wishes[i].decode(frames, &request))
            return -1;
        *ret = request;
        return 0;
    }
    return -1;
}

static int encode_types(const struct resume_types *types, struct buf *out)
{
    const char *before = ",\"type\":[\"";
    int error = 0;
    for (int event = 0; event < EVENT_COUNT && !types->all; event++) {
        if (!resume_types_have(types, event))
            continue;
        error |= buf_format(out, "%svedette.%s.v1\"", before, event_rows[event].type);
        before = ",\"";
    }
    return error | (types->all ? 0 : buf_text(out, "]"));
}

static int encode_filter(const struct resume_filter *filter, struct buf *out)
{
    int error = buf_format(out, "{\"class\":\"%s\",\"sev\":%d", class_words[filter->class], filter->least_sev);
    if (filter->tenant[0])
        error |= buf_text(out, ",\"tenant\":") | buf_json_string(out, filter->tenant, strlen(filter->tenant));
    return error | encode_types(&filter->types, out) | buf_text(out, "}");
}

int resume_request_encode(const struct resume_request *request, struct resume_room *room)
{
    static const char *const kinds[] = { SUBSCRIBE, REPLAY, CURSOR };
    buf_clear(&room->text);
    if (request->wish == RESUME_SUBSCRIBE && encode_filter(&request->filter, &room->text))
        return -1;
    wire_put_u64(room->from, request->from);
    wire_put_u32(room->max, request->max);
    room->frames[0] = text_frame(kinds[request->wish]);
    room->frames[1] = text_frame(request->wish == RESUME_SUBSCRIBE ? room->text.data : request->id);
    room->frames[2] = (struct bus_frame){ room->from, sizeof(room->from) };
    room->frames[3] = (struct bus_frame){ room->max, sizeof(room->max) };
    room->n = request->wish == RESUME_SUBSCRIBE ? 2 : request->wish == RESUME_CURSOR ? 3 : 4;
    return 0;
}

int resume_answer_decode(const struct bus_frame *frames, size_t n, struct resume_answer *ret)
{
    struct resume_answer answer = { 0 };
    if (n == 4 && is(&frames[0], GRANTED)) {
        answer.kind = RESUME_GRANTED;
        if (read_id(frames[1].data, frames[1].bytes, answer.id) || read_number(&frames[2], 8, &answer.size) ||
            read_number(&frames[3], 8, &answer.cursor))
            return -1;
    } else if (n == 5 && is(&frames[0], RECORDS)) {
        answer.kind = RESUME_RECORDS;
        answer.records = frames[4];
        if (read_id(frames[1].data, frames[1].bytes, answer.id) || read_number(&frames[2], 8, &answer.size) ||
            read_number(&frames[3], 8, &answer.next))
            return -1;
    } else if (n == 3 && is(&frames[0], REFUSED) && frames[1].bytes <= REFUSED_BYTES_MAX &&
               frames[2].bytes <= REFUSED_BYTES_MAX) {
        answer.kind = RESUME_REFUSED;
        answer.code = frames[1];
        answer.reason = frames[2];
    } else {
        return -1;
    }
    *ret = answer;
    return 0;
}

int resume_record(struct bus_frame *records, struct resume_record *ret)
{
    struct wire_reader in = { records->data, records->bytes, false };
    if (!in.left)
        return 1;
    uint64_t place = wire_u64(&in);
    size_t bytes = wire_u16(&in);
    const char *json = wire_bytes(&in, bytes);
    if (!json)
        return -1;
    *ret = (struct resume_record){ place, json, bytes };
    *records = (struct bus_frame){ in.at, in.left };
    return 0;
}

int resume_record_add(struct buf *out, const struct resume_record *record)
{
    return wire_add_u64(out, record->place) || wire_add_u16(out, (uint16_t)record->bytes) ||
                   buf_append(out, record->json, record->bytes)
               ? -1
               : 0;
}

int resume_live_decode(const struct bus_frame *frame, struct resume_live *ret)
{
    const size_t topic = RESUME_TOPIC_BYTES - 1;
    struct resume_live live = { 0 };
    if (frame->bytes < topic || resume_topic_id(frame->data, topic, live.id))
        return -1;
    struct wire_reader in = { (const uint8_t *)frame->data + topic, frame->bytes - topic, false };
    const struct bus_frame rest = { in.at, in.left };
    live.revoked = is(&rest, REVOKED);
    if (!live.revoked) {
        live.next = wire_u64(&in);
        live.since = wire_u64(&in);
        live.records = (struct bus_frame){ in.at, in.left };
    }
    if (in.failed)
        return -1;
    *ret = live;
    return 0;
}

static int add_topic(struct buf *out, const char *id)
{
    char topic[RESUME_TOPIC_BYTES];
    resume_topic(topic, id);
    return buf_append(out, topic, RESUME_TOPIC_BYTES - 1);
}

int resume_live_encode(struct buf *out, const char *id, uint64_t next, uint64_t since, const struct buf *records)
{
    return add_topic(out, id) || wire_add_u64(out, next) || wire_add_u64(out, since) ||
                   (records && buf_append(out, records->data, records->length))
               ? -1
               : 0;
}

int resume_live_encode_revoked(struct buf *out, const char *id)
{
    return add_topic(out, id) || buf_text(out, REVOKED) ? -1 : 0;
}

void resume_topic(char ret[RESUME_TOPIC_BYTES], const char *id)
{
    snprintf(ret, RESUME_TOPIC_BYTES, "f%s.", id);
}

int resume_topic_id(const void *topic, size_t bytes, char ret[RESUME_ID_BYTES])
{
    const char *text = topic;
    if (bytes != RESUME_TOPIC_BYTES - 1 || text[0] != 'f' || text[bytes - 1] != '.')
        return -1;
    return read_id(text + 1, bytes - 2, ret);
}
