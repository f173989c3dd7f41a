/*
 * Parsing an entry's JSON takes 11 µs, two minutes for 10 million. So an entry is first read as event_compose
 * (lib/event/event.c) writes it, literal by literal; whatever differs from that, as by an escape or another version's order,
 * is parsed.
 */
#include "services/audit/search/glance.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/event/event.h"

#define AGENT_PREFIX "agent/"

struct reader {
    const char *at, *end;
};

static bool read_literal(struct reader *reader, const char *literal)
{
    size_t length = strlen(literal);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, literal, length))
        return false;
    reader->at += length;
    return true;
}

/* A string without escapes, of which `before` is all up to its first character; its quote is passed by. */
static bool read_text(struct reader *reader, const char *before, char ret[GLANCE_TEXT_BYTES])
{
    if (!read_literal(reader, before))
        return false;
    for (size_t i = 0; i < GLANCE_TEXT_BYTES && reader->at < reader->end; i++) {
        char c = *reader->at++;
        ret[i] = c == '"' ? '\0' : c;
        if (c == '"')
            return i > 0;
        if (c == '\\' || (unsigned char)c < 0x20)
            return false;
    }
    return false;
}

static bool read_number(struct reader *reader, const char *before, uint64_t *ret)
{
    uint64_t number = 0;
    unsigned digits = 0;
    if (!read_literal(reader, before))
        return false;
    for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9' && digits < 18; digits++)
        number = 10 * number + (uint64_t)(*reader->at++ - '0');
    *ret = number;
    return digits > 0;
}

static bool read_optional(struct reader *reader, const char *before, char ret[GLANCE_TEXT_BYTES])
{
    struct reader ahead = *reader;
    ret[0] = '\0';
    return !read_literal(&ahead, before) || read_text(reader, before, ret);
}

/* Whether it is not there, or a string without escapes. */
static bool read_optional_word(struct reader *reader, const char *before)
{
    char passed_by[GLANCE_TEXT_BYTES];
    return read_optional(reader, before, passed_by);
}

/* The attributes of CloudEvents, as compose_attributes writes them. */
static bool read_attributes(struct reader *reader, struct glance *glance)
{
    char passed_by[GLANCE_TEXT_BYTES];
    uint64_t sev = 0;
    bool good = read_text(reader, "{\"specversion\":\"1.0\",\"id\":\"", passed_by) &&
                read_text(reader, ",\"source\":\"", passed_by) && read_text(reader, ",\"type\":\"", glance->type) &&
                read_optional(reader, ",\"subject\":\"", glance->subject) &&
                read_text(reader, ",\"time\":\"", passed_by) &&
                read_optional(reader, ",\"recordedtime\":\"", passed_by) &&
                read_text(reader, ",\"sequence\":\"", passed_by) &&
                read_number(reader, ",\"sev\":", &sev) &&
                read_text(reader, ",\"authtype\":\"service_account\",\"authid\":\"", passed_by) &&
                read_optional(reader, ",\"tenant\":\"", glance->tenant) && read_text(reader, ",\"salt\":\"", passed_by);
    glance->sev = (int)sev;
    return good && sev >= 1 && sev <= 4;
}

/* The actor, in the two parts that event_data_write makes of it. What has one elsewhere is not of its writing. */
static bool read_actor(struct reader *reader, struct glance *glance)
{
    static const char anywhere[] = "\"actor\":";
    char type[GLANCE_TEXT_BYTES], name[GLANCE_TEXT_BYTES];
    glance->actor[0] = '\0';
    if (!read_literal(reader, ",\"actor\":{\"user\":{"))
        return !memmem(reader->at, (size_t)(reader->end - reader->at), anywhere, sizeof(anywhere) - 1);
    bool typed = read_literal(reader, "\"type\":");
    if ((typed && (!read_text(reader, "\"", type) || !read_literal(reader, ","))) ||
        !read_text(reader, "\"name\":\"", name))
        return false;
    int length = snprintf(glance->actor, sizeof(glance->actor), "%s%s%s", typed ? type : "", typed ? ":" : "", name);
    return length < (int)sizeof(glance->actor) && read_literal(reader, "}}");
}

/* data, as event_data_write (lib/event/data.c) writes it. */
static bool read_data(struct reader *reader, struct glance *glance)
{
    uint64_t passed_by, time_ms = 0;
    bool good = read_number(reader, ",\"data\":{\"class_uid\":", &passed_by) &&
                read_number(reader, ",\"category_uid\":", &passed_by) &&
                read_number(reader, ",\"activity_id\":", &passed_by) &&
                read_number(reader, ",\"type_uid\":", &passed_by) &&
                read_optional_word(reader, ",\"activity_name\":\"") &&
                (!read_literal(reader, ",\"status_id\":") ||
                    (read_number(reader, "", &passed_by) && read_optional_word(reader, ",\"status\":\""))) &&
                read_number(reader, ",\"severity_id\":", &passed_by) && read_number(reader, ",\"time\":", &time_ms) &&
                read_actor(reader, glance) && read_literal(reader, ",\"metadata\":{");
    glance->time_ms = (int64_t)time_ms;
    return good && reader->end - reader->at >= 2 && !memcmp(reader->end - 2, "}}", 2);
}

static void copy(char ret[GLANCE_TEXT_BYTES], const char *text)
{
    snprintf(ret, GLANCE_TEXT_BYTES, "%s", text ? text : "");
}

static int parse(const char *text, size_t bytes, struct glance *glance)
{
    struct event_read read;
    if (event_read_stored(text, bytes, &read, NULL))
        return -1;
    glance->time_ms = read.event.time_ms;
    glance->sev = read.event.sev;
    copy(glance->type, json_string_value(json_object_get(read.json, "type")));
    copy(glance->tenant, read.event.tenant);
    copy(glance->subject, read.event.subject);
    copy(glance->actor, read.event.actor);
    event_free(&read);
    return 0;
}

static uint32_t agent_of(const char *subject)
{
    char *end;
    if (strncmp(subject, AGENT_PREFIX, strlen(AGENT_PREFIX)))
        return 0;
    unsigned long long agent = strtoull(subject + strlen(AGENT_PREFIX), &end, 10);
    return *end || agent > UINT32_MAX ? 0 : (uint32_t)agent;
}

int glance_read(const char *text, size_t bytes, struct glance *ret)
{
    struct reader reader = { text, text + bytes };
    struct glance glance;
    if ((!read_attributes(&reader, &glance) || !read_data(&reader, &glance)) && parse(text, bytes, &glance))
        return -1;
    glance.agent = agent_of(glance.subject);
    *ret = glance;
    return 0;
}
