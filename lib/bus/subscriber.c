#include "lib/bus/subscriber.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/keys.h"
#include "lib/bus/resume.h"
#include "lib/crypto.h"
#include "lib/message/message.h"

#define PROTOCOL "resume/1"
#define TCP "tcp://"
#define IPC "ipc://"

static int bad(struct problem *problem, const char *field, const char *why)
{
    return problem_set(problem, "bad-file", field, "%s %s", field, why);
}

static int read_text(const json_t *json, const char *field, char *ret, size_t room, struct problem *problem)
{
    const json_t *value = json_object_get(json, field);
    const char *text = json_string_value(value);
    if (!text || !*text || json_string_length(value) >= room)
        return bad(problem, field, "is missing or no text of the right length");
    memcpy(ret, text, json_string_length(value) + 1);
    return 0;
}

static int read_key(const json_t *json, const char *field, char ret[BUS_KEY_BYTES], struct problem *problem)
{
    if (read_text(json, field, ret, BUS_KEY_BYTES, problem))
        return -1;
    return bus_key_is(ret) ? 0 : bad(problem, field, "is no CURVE key in Z85");
}

static int read_endpoint(const json_t *json, const char *field, char ret[301], struct problem *problem)
{
    if (read_text(json, field, ret, 301, problem))
        return -1;
    return !strncmp(ret, TCP, strlen(TCP)) || !strncmp(ret, IPC, strlen(IPC)) ? 0
                                                                              : bad(problem, field, "is no endpoint");
}

static int read_classes(const json_t *json, unsigned *ret, struct problem *problem)
{
    unsigned classes = 0;
    size_t i;
    json_t *one;
    json_array_foreach(json, i, one)
    {
        int class = json_is_string(one) ? word_index(class_words, json_string_value(one)) : -1;
        if (class < 0)
            return bad(problem, "classes", "has one that is none of the log");
        classes |= 1u << class;
    }
    if (!classes)
        return bad(problem, "classes", "is missing or empty");
    *ret = classes;
    return 0;
}

/* A text that a blank may separate from the next one. */
static bool is_word(const json_t *json)
{
    const char *text = json_string_value(json);
    return text && *text && !strchr(text, ' ');
}

/* In the file it is a list of texts, as in a request; everywhere else one text, separated by blanks. */
static int read_types(const json_t *json, char ret[4097], struct problem *problem)
{
    struct buf text = { .limit_bytes = 4096 };
    struct resume_types types;
    size_t i;
    json_t *one;
    int error = json && (!json_is_array(json) || !json_array_size(json));
    json_array_foreach(json, i, one) error |=
        !is_word(one) || buf_text(&text, i ? " " : "") || buf_text(&text, json_string_value(one));
    if (!error && text.length)
        error = resume_types_read(text.data, &types);
    if (!error)
        snprintf(ret, 4097, "%s", text.length ? text.data : "");
    buf_free(&text);
    return error ? bad(problem, "type", "has one that this version does not know") : 0;
}

static int read_grant(const json_t *json, struct bus_subscriber *ret, struct problem *problem)
{
    const json_t *sev = json_object_get(json, "sev");
    ret->least_sev = sev ? (int)json_integer_value(sev) : 4;
    if (ret->least_sev < 1 || ret->least_sev > 4)
        return bad(problem, "sev", "is none of 1 to 4");
    if (json_object_get(json, "tenant") && read_text(json, "tenant", ret->tenant, sizeof(ret->tenant), problem))
        return -1;
    return read_classes(json_object_get(json, "classes"), &ret->classes, problem) ||
                   read_types(json_object_get(json, "type"), ret->types, problem)
               ? -1
               : 0;
}

static int read_subscriber(const json_t *json, struct bus_subscriber *ret, struct problem *problem)
{
    char protocol[16], public[BUS_KEY_BYTES];
    if (read_text(json, "protocol", protocol, sizeof(protocol), problem))
        return -1;
    if (strcmp(protocol, PROTOCOL))
        return bad(problem, "protocol", "is not " PROTOCOL ", which is all that this version speaks");
    if (read_text(json, "name", ret->name, sizeof(ret->name), problem) ||
        read_key(json, "public_key", ret->public_key, problem) ||
        read_key(json, "secret_key", ret->secret_key, problem) ||
        read_key(json, "server_key", ret->server_key, problem) || read_endpoint(json, "live", ret->live, problem) ||
        read_endpoint(json, "replay", ret->replay, problem) || read_grant(json, ret, problem))
        return -1;
    if (bus_public_key(ret->secret_key, public) || strcmp(public, ret->public_key))
        return bad(problem, "public_key", "does not belong to secret_key");
    return 0;
}

int bus_subscriber_parse(const char *text, size_t bytes, struct bus_subscriber *ret, struct problem *problem)
{
    struct bus_subscriber subscriber = { 0 };
    json_t *json = message_parse(text, bytes, problem);
    /* A field that this version does not know is no mistake: the file outlives versions. */
    int error = json ? read_subscriber(json, &subscriber, problem) : -1;
    if (!error)
        *ret = subscriber;
    json_decref(json);
    crypto_forget(&subscriber, sizeof(subscriber));
    return error;
}

static int add_text(struct buf *out, const char *field, const char *text)
{
    return buf_format(out, "  \"%s\": ", field) || buf_json_string(out, text, strlen(text)) || buf_text(out, ",\n");
}

static int add_types(struct buf *out, const char *types)
{
    const char *before = "  \"type\": [";
    int error = 0;
    for (size_t length; *types; types += length + (types[length] == ' ')) {
        length = strcspn(types, " ");
        error |= buf_text(out, before) | buf_json_string(out, types, length);
        before = ", ";
    }
    return error;
}

int bus_subscriber_compose(const struct bus_subscriber *subscriber, struct buf *out)
{
    const char *before = "  \"classes\": [";
    int error = buf_text(out, "{\n") | add_text(out, "protocol", PROTOCOL) | add_text(out, "name", subscriber->name) |
                add_text(out, "public_key", subscriber->public_key) |
                add_text(out, "secret_key", subscriber->secret_key) |
                add_text(out, "server_key", subscriber->server_key) | add_text(out, "live", subscriber->live) |
                add_text(out, "replay", subscriber->replay);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(subscriber->classes & 1u << class))
            continue;
        error |= buf_format(out, "%s\"%s\"", before, class_words[class]);
        before = ", ";
    }
    error |= buf_text(out, "],\n");
    if (*subscriber->tenant)
        error |= add_text(out, "tenant", subscriber->tenant);
    if (*subscriber->types)
        error |= add_types(out, subscriber->types) | buf_text(out, "],\n");
    return error | buf_format(out, "  \"sev\": %d\n}\n", subscriber->least_sev) ? -1 : 0;
}
