/* output.add, output.list, output.enable, output.test and output.remove. */
#include <stdio.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/bus/resume.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "services/alert/alert.h"
#include "services/alert/output/ca.h"
#include "services/alert/output/destination.h"
#include "services/alert/output/outputs.h"
#include "services/alert/output/signature.h"

#define CLASSES_BYTES 32

static struct outputs *outputs_of(struct bus_request *request)
{
    const struct alert *alert = bus_request_context(request);
    return alert->outputs;
}

static int read_classes(const char *text, unsigned *ret, struct problem *problem)
{
    *ret = (1u << CLASS_COUNT) - 1;
    if (text && word_set(class_words, text, ret))
        return problem_set(problem, "bad-field", "classes", "classes are ops, access, fleet or alert");
    return 0;
}

/* Wholly checked, with its CA if it has one; the caller's to output_release. */
static int read_output(const struct call_output_add *in, struct output *ret, struct problem *problem)
{
    struct destination destination;
    struct resume_types types;
    struct output output = {
        .kind = (enum output_kind)in->output_kind,
        .least_sev = in->has_sev ? (int)in->sev : 4,
        .format = in->has_format ? (enum format)in->format : FORMAT_JSON,
        .enabled = true,
    };
    if (destination_parse(output.kind, in->destination, &destination, problem) ||
        read_classes(in->classes, &output.classes, problem))
        return -1;
    if (resume_types_read(in->types, &types))
        return problem_set(
            problem, "bad-field", "types", "a type of event is unknown; one is vedette.agent.offline.v1");
    if (output.kind == OUTPUT_KIND_WEBHOOK && output.format != FORMAT_JSON)
        return problem_set(problem, "bad-field", "format", "a webhook's body is JSON");
    if (in->ca && ca_read(in->ca, &output.ca, problem))
        return -1;
    output.types = in->types ? strdup(in->types) : NULL;
    if (in->types && !output.types) {
        output_release(&output);
        return problem_set(problem, "no-memory", "", "no memory");
    }
    snprintf(output.name, sizeof(output.name), "%s", in->output);
    snprintf(output.destination, sizeof(output.destination), "%s", in->destination);
    snprintf(output.tenant, sizeof(output.tenant), "%s", in->tenant ? in->tenant : "");
    for (int class = 0; class < CLASS_COUNT; class ++)
        output.next[class] = in->has_from_start && in->from_start ? 0 : BUS_FROM_NOW;
    *ret = output;
    return 0;
}

static void answer_added(void *arg, const struct problem *problem, const struct output *output)
{
    struct bus_request *request = arg;
    char secret[WHSEC_BYTES];
    if (problem) {
        bus_refuse(request, problem);
        return;
    }
    signature_secret(output->secret, secret);
    const struct call_output_add_reply reply = {
        .webhook_secret = output->kind == OUTPUT_KIND_WEBHOOK ? secret : NULL,
    };
    answer_output_add(request, &reply);
    crypto_forget(secret, sizeof(secret));
}

void serve_output_add(struct bus_request *request, const struct call_output_add *in)
{
    struct output output;
    struct problem problem;
    if (read_output(in, &output, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    outputs_add(outputs_of(request), &output, answer_added, request);
    output_release(&output);
}

static struct call_output_list_reply_row row_of(const struct output_state *state, char classes[CLASSES_BYTES])
{
    const struct output *output = state->output;
    word_set_text(class_words, output->classes, classes, CLASSES_BYTES);
    return (struct call_output_list_reply_row){
        .output = output->name,
        .output_kind = output->kind,
        .destination = output->destination,
        .classes = classes,
        .tenant = *output->tenant ? output->tenant : NULL,
        .sev = (uint32_t)output->least_sev,
        .types = output->types,
        .format = output->format,
        .enabled = output->enabled,
        .lag = state->lag,
        .delivered = state->delivered,
        .failures = state->failures,
        .has_last_success = state->delivered_ms,
        .last_success = state->delivered_ms,
        .has_failing_since = state->failing_since_ms,
        .failing_since = state->failing_since_ms,
        .last_error = *state->error ? state->error : NULL,
    };
}

void serve_output_list(struct bus_request *request, const struct call_output_list *in)
{
    struct output_state states[OUTPUTS_MAX];
    struct call_output_list_reply_row rows[OUTPUTS_MAX];
    char classes[OUTPUTS_MAX][CLASSES_BYTES];
    (void)in;
    size_t n = outputs_list(outputs_of(request), states);
    for (size_t i = 0; i < n; i++)
        rows[i] = row_of(&states[i], classes[i]);
    const struct call_output_list_reply reply = { n, rows };
    answer_output_list(request, &reply);
}

/* What an output of this name is now, without its secret. */
static void note_old(struct bus_request *request, const char *name)
{
    struct output_state states[OUTPUTS_MAX];
    char classes[CLASSES_BYTES];
    size_t n = outputs_list(outputs_of(request), states);
    for (size_t i = 0; i < n; i++) {
        const struct output *output = states[i].output;
        if (strcmp(output->name, name))
            continue;
        word_set_text(class_words, output->classes, classes, CLASSES_BYTES);
        bus_request_old(request,
            json_pack("{s:s, s:s, s:s, s:s*, s:i, s:s*, s:s, s:b}", "output_kind", output_kind_words[output->kind],
                "destination", output->destination, "classes", classes, "tenant",
                *output->tenant ? output->tenant : NULL, "sev", output->least_sev, "types", output->types, "format",
                format_words[output->format], "enabled", output->enabled));
    }
}

void serve_output_enable(struct bus_request *request, const struct call_output_enable *in)
{
    struct problem problem;
    note_old(request, in->output);
    const struct call_output_enable_reply reply = { 0 };
    if (outputs_enable(outputs_of(request), in->output, in->enabled, &problem))
        bus_refuse(request, &problem);
    else
        answer_output_enable(request, &reply);
}

static void answer_tested(void *arg, int64_t took_ms, const char *failure)
{
    const struct call_output_test_reply reply = { .ok = !failure, .took_ms = (uint64_t)took_ms, .reason = failure };
    answer_output_test(arg, &reply);
}

void serve_output_test(struct bus_request *request, const struct call_output_test *in)
{
    struct problem problem;
    if (outputs_test(outputs_of(request), in->output, answer_tested, request, &problem))
        bus_refuse(request, &problem);
}

void serve_output_remove(struct bus_request *request, const struct call_output_remove *in)
{
    struct problem problem;
    const struct call_output_remove_reply reply = { 0 };
    note_old(request, in->output);
    if (outputs_remove(outputs_of(request), in->output, &problem))
        bus_refuse(request, &problem);
    else
        answer_output_remove(request, &reply);
}
