/* subscriber.add, subscriber.list and subscriber.revoke. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/class_numbers.h"
#include "lib/clock.h"
#include "lib/message/message.h"
#include "lib/program.h"
#include "services/audit/audit.h"

/* `set`, or the port of what audit listens at, under the server's public name. */
static void public_endpoint(const char *set, const char *name, const char *bound, char ret[301])
{
    const char *port = strrchr(bound, ':');
    if (*set || strncmp(bound, "tcp://", strlen("tcp://")))
        snprintf(ret, 301, "%s", *set ? set : bound);
    else
        snprintf(ret, 301, "tcp://%s%s", name, port);
}

static const struct subscriber *add(struct audit *audit, const struct call_subscriber_add *in, struct problem *problem)
{
    struct grant grant;
    if (!bus_key_is(in->public_key)) {
        problem_set(problem, "bad-field", "public_key", "public_key is no CURVE key in Z85");
        return NULL;
    }
    if (grant_read(in->classes, in->tenant, in->has_sev ? (int)in->sev : 0, in->types, &grant, problem))
        return NULL;
    return subscribers_add(
        audit->subscribers, in->name, in->public_key, &grant, audit->heads, clock_wall_ms(), problem);
}

void serve_subscriber_add(struct bus_request *request, const struct call_subscriber_add *in)
{
    struct audit *audit = bus_request_context(request);
    const struct settings_common *settings = audit->settings;
    char live[301], replay[301];
    struct problem problem;
    const struct subscriber *added = add(audit, in, &problem);
    if (!added) {
        bus_refuse(request, &problem);
        return;
    }
    public_endpoint(settings->soc_live_public, settings->public_name, settings->soc_live, live);
    public_endpoint(settings->soc_replay_public, settings->public_name, settings->soc_replay, replay);
    const struct call_subscriber_add_reply reply = {
        .subscriber = added->number,
        .server_key = bus_spine_key(audit->bus),
        .live = live,
        .replay = replay,
    };
    answer_subscriber_add(request, &reply);
}

void serve_subscriber_revoke(struct bus_request *request, const struct call_subscriber_revoke *in)
{
    struct audit *audit = bus_request_context(request);
    struct problem problem;
    const struct subscriber *subscriber = subscribers_by_number(audit->subscribers, in->subscriber);
    char classes[GRANT_CLASSES_BYTES];
    if (subscriber) {
        word_set_text(class_words, subscriber->grant.classes, classes, sizeof(classes));
        bus_request_old(request, json_pack("{s:s, s:s, s:s}", "name", subscriber->name, "public_key", subscriber->key,
                                     "classes", classes));
    }
    int error = subscribers_revoke(audit->subscribers, in->subscriber, clock_wall_ms(), &problem);
    stream_end(audit, in->subscriber);
    if (error) {
        bus_refuse(request, &problem);
        return;
    }
    const struct call_subscriber_revoke_reply reply = { 0 };
    answer_subscriber_revoke(request, &reply);
}

/* A row, and the texts in it that are not the subscriber's own. */
struct listed {
    char classes[GRANT_CLASSES_BYTES], cursors[CLASS_NUMBERS_BYTES];
    struct buf types;
};

static void write_cursors(
    const struct audit *audit, const struct subscriber *subscriber, char ret[CLASS_NUMBERS_BYTES])
{
    uint64_t sequences[CLASS_COUNT];
    for (int class = 0; class < CLASS_COUNT; class ++)
        sequences[class] = successions_sequence(&audit->successions[class], subscriber->cursor[class]);
    class_numbers_format(sequences, subscriber->grant.classes, ret);
}

static struct call_subscriber_list_reply_row row_of(
    const struct audit *audit, const struct subscriber *subscriber, struct listed *texts)
{
    word_set_text(class_words, subscriber->grant.classes, texts->classes, sizeof(texts->classes));
    write_cursors(audit, subscriber, texts->cursors);
    resume_types_write(&subscriber->grant.types, &texts->types);
    return (struct call_subscriber_list_reply_row){
        .subscriber = subscriber->number,
        .name = subscriber->name,
        .classes = texts->classes,
        .tenant = *subscriber->grant.tenant ? subscriber->grant.tenant : NULL,
        .sev = (uint32_t)subscriber->grant.least_sev,
        .types = texts->types.length ? texts->types.data : NULL,
        .public_key = subscriber->key,
        .created = subscriber->created_ms,
        .has_revoked = subscriber->revoked_ms,
        .revoked = subscriber->revoked_ms,
        .has_last_contact = subscriber->contact_ms,
        .last_contact = subscriber->contact_ms,
        .cursors = texts->cursors,
        .lag = subscriber->revoked_ms ? 0 : subscriber_lag(audit, subscriber),
    };
}

void serve_subscriber_list(struct bus_request *request, const struct call_subscriber_list *in)
{
    (void)in;
    const struct audit *audit = bus_request_context(request);
    static struct call_subscriber_list_reply_row rows[SUBSCRIBERS_MAX];
    static struct listed texts[SUBSCRIBERS_MAX];
    size_t n;
    const struct subscriber *all = subscribers_all(audit->subscribers, &n);
    for (size_t i = 0; i < n; i++)
        rows[i] = row_of(audit, &all[i], &texts[i]);
    const struct call_subscriber_list_reply reply = { n, rows };
    answer_subscriber_list(request, &reply);
    for (size_t i = 0; i < n; i++)
        buf_free(&texts[i].types);
}
