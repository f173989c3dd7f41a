#include "lib/bus_resume.h"

#include <stdio.h>
#include <string.h>

#include "lib/event.h"
#include "lib/message.h"
#include "lib/wire.h"

#define SUBSCRIBE "subscribe"
#define REPLAY "replay"
#define GRANTED "granted"
#define RECORDS "records"
#define REFUSED "refused"
#define REFUSED_BYTES_MAX 256

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

static int read_filter(const json_t *json, struct resume_filter *ret)
{
    const char *class = NULL, *tenant = "", *type = NULL;
    int sev = 4;
    /* "!": no other field. */
    if (json_unpack((json_t *)json, "{s:s, s?s, s?i, s?s !}", "class", &class, "tenant", &tenant, "sev", &sev, "type",
            &type) ||
        word_index(class_words, class) < 0 || strlen(tenant) >= sizeof(ret->tenant) || sev < 1 || sev > 4)
        return -1;
    ret->class = (enum class)word_index(class_words, class);
    strcpy(ret->tenant, tenant);
    ret->least_sev = sev;
    ret->event = type ? event_by_type(type) : -1;
    return type && ret->event < 0 ? -1 : 0;
}

static int decode_subscribe(const struct bus_frame *filter, struct resume_request *ret)
{
    json_t *json = message_parse(filter->data, filter->bytes, NULL);
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

int resume_request_decode(const struct bus_frame *frames, size_t n, struct resume_request *ret)
{
    struct resume_request request = { .replay = n == 4 };
    int error = -1;
    if (n == 2 && is(&frames[0], SUBSCRIBE))
        error = decode_subscribe(&frames[1], &request);
    else if (n == 4 && is(&frames[0], REPLAY))
        error = decode_replay(frames, &request);
    if (!error)
        *ret = request;
    return error;
}

static int encode_filter(const struct resume_filter *filter, struct buf *out)
{
    int error = buf_format(out, "{\"class\":\"%s\",\"sev\":%d", class_words[filter->class], filter->least_sev);
    if (filter->tenant[0])
        error |= buf_text(out, ",\"tenant\":") | buf_json_string(out, filter->tenant, strlen(filter->tenant));
    if (filter->event >= 0)
        error |= buf_format(out, ",\"type\":\"vedette.%s.v1\"", event_rows[filter->event].type);
    return error | buf_text(out, "}");
}

int resume_request_encode(const struct resume_request *request, struct resume_room *room)
{
    buf_clear(&room->text);
    if (request->replay) {
        wire_put_u64(room->from, request->from);
        wire_put_u32(room->max, request->max);
        room->frames[0] = text_frame(REPLAY);
        room->frames[1] = text_frame(request->id);
        room->frames[2] = (struct bus_frame){ room->from, sizeof(room->from) };
        room->frames[3] = (struct bus_frame){ room->max, sizeof(room->max) };
        room->n = 4;
        return 0;
    }
    if (encode_filter(&request->filter, &room->text))
        return -1;
    room->frames[0] = text_frame(SUBSCRIBE);
    room->frames[1] = (struct bus_frame){ room->text.data, room->text.length };
    room->n = 2;
    return 0;
}

int resume_answer_decode(const struct bus_frame *frames, size_t n, struct resume_answer *ret)
{
    struct resume_answer answer = { 0 };
    if (n == 3 && is(&frames[0], GRANTED)) {
        answer.kind = RESUME_GRANTED;
        if (read_id(frames[1].data, frames[1].bytes, answer.id) || read_number(&frames[2], 8, &answer.size))
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
    uint64_t sequence = wire_u64(&in);
    size_t bytes = wire_u16(&in);
    const char *json = wire_bytes(&in, bytes);
    if (!json)
        return -1;
    *ret = (struct resume_record){ sequence, json, bytes };
    *records = (struct bus_frame){ in.at, in.left };
    return 0;
}

int resume_record_add(struct buf *out, const struct resume_record *record)
{
    return wire_add_u64(out, record->sequence) || wire_add_u16(out, (uint16_t)record->bytes) ||
                   buf_append(out, record->json, record->bytes)
               ? -1
               : 0;
}

int resume_live_decode(const struct bus_frame *frames, size_t n, struct resume_live *ret)
{
    struct resume_live live;
    if (n != 4 || resume_topic_id(frames[0].data, frames[0].bytes, live.id) ||
        read_number(&frames[1], 8, &live.sequence) || read_number(&frames[2], 8, &live.since))
        return -1;
    live.json = frames[3].data;
    live.bytes = frames[3].bytes;
    *ret = live;
    return 0;
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
