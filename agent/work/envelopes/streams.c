#include "agent/work/envelopes/streams.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/place.h"
#include "lib/buf.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define STREAMS_LIMIT_BYTES 4096

/* Numbers of 64 bits stand as texts: a JSON number would be rounded or refused. */
static int number(json_t *json, const char *key, uint64_t *ret)
{
    char *end;
    const char *text = json_string_value(json_object_get(json, key));
    if (!text || *text < '0' || *text > '9' || strlen(text) > 20)
        return -1;
    *ret = strtoull(text, &end, 10);
    return *end ? -1 : 0;
}

static int fingerprint(json_t *json, const char *key, char ret[HEX_BYTES(SHA256_BYTES)])
{
    const char *said = json_string_value(json_object_get(json, key));
    if (!said || strlen(said) >= HEX_BYTES(SHA256_BYTES))
        return -1;
    strcpy(ret, said);
    return 0;
}

/* Of our keys nothing stands there as long as they are the enrolment's. */
static int take_ours(json_t *json, int which, struct streams *ret)
{
    if (json_object_size(json) == 6)
        return 0;
    return json_object_size(json) != 8 || fingerprint(json, "ours", ret->ours[which]) ||
                   fingerprint(json, "next", ret->next[which])
               ? -1
               : 0;
}

static int take(json_t *json, int which, struct streams *ret)
{
    struct stream *in = &ret->in[which];
    struct stream_place *out = &ret->out[which].last;
    return fingerprint(json, "signer", ret->signer[which]) || number(json, "in_incarnation", &in->incarnation) ||
                   number(json, "in_next", &in->next) || number(json, "in_skipped", &in->skipped) ||
                   number(json, "out_incarnation", &out->incarnation) || number(json, "out_counter", &out->counter) ||
                   take_ours(json, which, ret)
               ? -1
               : 0;
}

int streams_parse(const char *text, size_t bytes, struct streams *ret, struct problem *problem)
{
    struct streams streams = { 0 };
    json_t *json = message_parse(text, bytes, problem);
    if (!json)
        return -1;
    const char *name;
    json_t *one;
    int error = 0;
    json_object_foreach(json, name, one)
    {
        int which = word_index(addressee_words, name);
        if (which < 0 || take(one, which, &streams))
            error =
                problem_set(problem, "bad-state", STREAMS_FILE, "%s does not hold places of envelopes", STREAMS_FILE);
    }
    json_decref(json);
    if (!error)
        *ret = streams;
    return error;
}

int streams_load(struct streams *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    int status = file_read_if_any(STREAMS_FILE, STREAMS_LIMIT_BYTES, &text, &bytes, problem);
    if (status > 0)
        *ret = (struct streams){ 0 };
    if (status)
        return status > 0 ? 0 : -1;
    int error = streams_parse(text, bytes, ret, problem);
    free(text);
    return error;
}

void streams_signed_by(struct streams *streams, enum addressee which, const char *signer)
{
    if (!strcmp(streams->signer[which], signer))
        return;
    snprintf(streams->signer[which], sizeof(streams->signer[which]), "%s", signer);
    streams->in[which] = (struct stream){ 0 };
}

int streams_save(const struct streams *streams, struct problem *problem)
{
    struct buf text = { .limit_bytes = STREAMS_LIMIT_BYTES };
    buf_text(&text, "{");
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        const struct stream *in = &streams->in[i];
        const struct stream_place *out = &streams->out[i].last;
        buf_format(&text,
            "%s\n \"%s\": {\"signer\": \"%s\", \"in_incarnation\": \"%llu\", \"in_next\": \"%llu\", \"in_skipped\": "
            "\"%llu\", "
            "\"out_incarnation\": \"%llu\", \"out_counter\": \"%llu\"",
            i ? "," : "", addressee_words[i], streams->signer[i], (unsigned long long)in->incarnation,
            (unsigned long long)in->next, (unsigned long long)in->skipped, (unsigned long long)out->incarnation,
            (unsigned long long)out->counter);
        if (*streams->ours[i] || *streams->next[i])
            buf_format(&text, ", \"ours\": \"%s\", \"next\": \"%s\"", streams->ours[i], streams->next[i]);
        buf_text(&text, "}");
    }
    buf_text(&text, "\n}\n");
    int error = text.failed ? problem_set(problem, "no-memory", "", "no memory")
                            : file_write(STREAMS_FILE, text.data, text.length, 0600, problem);
    buf_free(&text);
    return error;
}
