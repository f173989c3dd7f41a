#include "lib/bus/request_entry.h"

#include <stdio.h>
#include <string.h>

#include "lib/message/message.h"

#define SUBJECT_BYTES 32 /* "agent/4294967294" */

/* The arguments as they go into the log: without secrets. */
static json_t *public_arguments(const struct bus_request *request)
{
    struct buf text = { 0 };
    json_t *arguments = message_encode_public(call_rows[request->call].request, request->in, &text)
                            ? NULL
                            : message_parse(text.data, text.length, NULL);
    buf_free(&text);
    return arguments;
}

/* What a request is about, as an event says it: its agent and its tenant, if it names them. */
static struct event_about about_of(const struct bus_request *request, char subject[SUBJECT_BYTES])
{
    const json_t *agent = json_object_get(request->json, "agent");
    struct event_about about = {
        .actor = request->actor,
        .tenant = json_string_value(json_object_get(request->json, "tenant")),
    };
    if (json_is_integer(agent)) {
        snprintf(subject, SUBJECT_BYTES, "agent/%lld", (long long)json_integer_value(agent));
        about.subject = subject;
    }
    return about;
}

/* Which thing: by the argument that is called like it, else by the first. */
static void identify(const struct bus_request *request, const char *thing, char *ret, size_t room)
{
    const struct shape *shape = call_rows[request->call].request;
    const json_t *value = json_object_get(request->json, thing);
    if (!value && shape->n_fields)
        value = json_object_get(request->json, shape->fields[0].name);
    const char *text = json_string_value(value);
    if (json_is_integer(value))
        snprintf(ret, room, "%lld", (long long)json_integer_value(value));
    else
        snprintf(ret, room, "%s", text ? text : thing);
}

void request_tell_changed(const struct bus_request *request)
{
    const char *call = call_rows[request->call].name;
    char thing[33], which[257], subject[SUBJECT_BYTES];
    snprintf(thing, sizeof(thing), "%.*s", (int)strcspn(call, "."), call);
    identify(request, thing, which, sizeof(which));
    const struct event_configuration_changed data = {
        .thing = thing,
        .which = which,
        .call = call,
        .old = request->old,
        .new = public_arguments(request),
    };
    const struct event_about about = about_of(request, subject);
    emit_configuration_changed(request->bus, &about, &data, NULL, NULL);
    json_decref(data.new);
}

int request_log(struct bus_request *request, bus_stored *stored)
{
    char subject[SUBJECT_BYTES];
    const struct event_operation_requested data = {
        .call = call_rows[request->call].name,
        .arguments = public_arguments(request),
        .via = __builtin_ctz(request->peer), /* the words stand in the order of enum peer */
    };
    const struct event_about about = about_of(request, subject);
    int error = !data.arguments || emit_operation_requested(request->bus, &about, &data, stored, request);
    json_decref(data.arguments);
    return error ? -1 : 0;
}
