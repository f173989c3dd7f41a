#include "services/portal/fleet/json.h"

#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "services/portal/fleet/fleet.h"

static bool contains(const char *text, const char *q)
{
    return text && strcasestr(text, q);
}

static bool matches(const struct fleet_agent *agent, uint32_t id, const struct call_agents_list *in)
{
    if ((in->tenant && strcmp(agent->tenant, in->tenant)) || (in->tag && !fleet_tagged(agent, in->tag)))
        return false;
    if (!in->q)
        return true;
    char number[12];
    snprintf(number, sizeof(number), "%u", id);
    return contains(agent->name, in->q) || contains(agent->hostname, in->q) || contains(agent->site, in->q) ||
           contains(agent->tenant, in->q) || contains(agent->address, in->q) || contains(number, in->q) ||
           fleet_tagged(agent, in->q);
}

size_t fleet_select(const struct fleet *fleet, const struct call_agents_list *in, uint32_t *ret_ids, uint32_t *ret_next)
{
    size_t count = 0, limit = in->has_limit ? in->limit : FLEET_LIST_MAX;
    uint32_t highest = fleet_highest(fleet);
    *ret_next = 0;
    for (uint32_t id = in->has_after ? in->after : 0; id < highest;) {
        const struct fleet_agent *agent = fleet_find(fleet, ++id);
        if (!agent || !matches(agent, id, in))
            continue;
        if (count == limit) {
            *ret_next = ret_ids[count - 1];
            break;
        }
        ret_ids[count++] = id;
    }
    return count;
}

/* RFC 3339 many times over: the date changes once a day, the rest is digits. */
struct time_writer {
    int64_t day;
    char text[RFC3339_BYTES + 2]; /* with quotes */
};

static void two_digits(char *at, int64_t value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
}

static void write_time(struct time_writer *writer, int64_t wall_ms, struct buf *out)
{
    int64_t day = wall_ms / 86400000, rest = wall_ms % 86400000;
    if (day != writer->day || !writer->text[0]) {
        writer->text[0] = '"';
        clock_rfc3339(writer->text + 1, wall_ms);
        strcat(writer->text, "\"");
        writer->day = day;
    } else {
        char *at = writer->text + 1 + strlen("2026-01-31T");
        two_digits(at, rest / 3600000);
        two_digits(at + 3, rest / 60000 % 60);
        two_digits(at + 6, rest / 1000 % 60);
        at[9] = (char)('0' + rest % 1000 / 100);
        two_digits(at + 10, rest % 100);
    }
    buf_append(out, writer->text, RFC3339_BYTES + 1);
}

static void write_number(uint32_t value, struct buf *out)
{
    char text[10], *at = text + sizeof(text);
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    buf_append(out, at, (size_t)(text + sizeof(text) - at));
}

static void write_text(const char *text, struct buf *out)
{
    if (text)
        buf_json_string(out, text, strlen(text));
    else
        buf_append(out, "null", 4);
}

enum column { AGENT, NAME, TENANT, SITE, STATE, SINCE, LAST_SEEN, HOSTNAME, OS, ADDRESS, TAGS, COLUMNS };

static const char *const column_names[COLUMNS] = { "agent", "name", "tenant", "site", "state", "since", "last_seen",
    "hostname", "os", "address", "tags" };

struct cell_writer {
    const struct fleet *fleet;
    int64_t now_ms;
    struct time_writer time;
    struct buf *out;
};

static void write_cell(struct cell_writer *writer, enum column column, uint32_t id, const struct fleet_agent *agent)
{
    struct buf *out = writer->out;
    switch (column) {
    case AGENT:
        write_number(id, out);
        break;
    case NAME:
        write_text(agent->name, out);
        break;
    case TENANT:
        write_text(agent->tenant, out);
        break;
    case SITE:
        write_text(agent->site, out);
        break;
    case STATE:
        write_text(state_words[agent->state], out);
        break;
    case SINCE:
        write_time(&writer->time, agent->since_ms, out);
        break;
    case LAST_SEEN: {
        int64_t last_seen_ms = fleet_last_seen(writer->fleet, agent, writer->now_ms);
        if (last_seen_ms > 0)
            write_time(&writer->time, last_seen_ms, out);
        else
            buf_append(out, "null", 4);
        break;
    }
    case HOSTNAME:
        write_text(agent->hostname, out);
        break;
    case OS:
        write_text(agent->os, out);
        break;
    case ADDRESS:
        write_text(agent->address, out);
        break;
    case TAGS:
        write_text(agent->tags, out);
        break;
    case COLUMNS:
        break;
    }
}

int fleet_json(
    const struct fleet *fleet, const uint32_t *ids, size_t count, uint32_t next, int64_t now_ms, struct buf *out)
{
    struct cell_writer writer = { .fleet = fleet, .now_ms = now_ms, .out = out };
    buf_text(out, "{\"now\":");
    write_time(&writer.time, now_ms, out);
    buf_format(out, ",\"next\":%u", next);
    for (enum column column = AGENT; column < COLUMNS; column++) {
        buf_format(out, ",\"%s\":[", column_names[column]);
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                buf_append(out, ",", 1);
            write_cell(&writer, column, ids[i], fleet_find(fleet, ids[i]));
        }
        buf_text(out, "]");
    }
    return buf_text(out, "}");
}
