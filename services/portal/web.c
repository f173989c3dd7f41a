#include "services/portal/web.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/message/message.h"

#define REPLY_LIMIT_BYTES (64 << 20) /* 200,000 agents take some 30 MB */

static const struct {
    const char *code;
    int status;
} statuses[] = {
    { "bad-json", 400 },
    { "bad-field", 400 },
    { "missing-field", 400 },
    { "unknown-field", 400 },
    { "bad-password", 400 },
    { "bad-otp", 400 },
    { "bad-user", 400 },
    { "bad-login", 401 },
    { "no-session", 401 },
    { "no-permission", 403 },
    { "bad-csrf", 403 },
    { "key-wanted", 403 },
    { "not-found", 404 },
    { "unknown-agent", 404 },
    { "unknown-witness", 404 },
    { "unknown-token", 404 },
    { "other-method", 405 },
    { "exists", 409 },
    { "not-offered", 409 },
    { "link-gone", 410 },
    { "not-json", 415 },
    { "locked", 423 },
    { "slow-down", 429 },
    { "too-many", 429 },
    { "disk-full", 503 },
    { "busy", 503 },
    { "log-unavailable", 503 },
    { "log-full", 503 },
    { "store-unavailable", 503 },
    { "db", 503 },
    { "no-memory", 503 },
    { "no-answer", 504 },
};

/* What else a service refuses is well-formed, permitted, and not to be done as things are. */
#define STATUS_OTHER 422

int web_status(const char *code)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (!strcmp(statuses[i].code, code))
            return statuses[i].status;
    return STATUS_OTHER;
}

void web_refuse_early(struct http_request *http, const struct problem *problem, const char *allow)
{
    struct buf text = { 0 };
    buf_text(&text, "{\"code\":");
    buf_json_string(&text, problem->code, strlen(problem->code));
    buf_text(&text, ",\"reason\":");
    buf_json_string(&text, problem->reason, strlen(problem->reason));
    if (problem->field[0]) {
        buf_text(&text, ",\"field\":");
        buf_json_string(&text, problem->field, strlen(problem->field));
    }
    buf_text(&text, "}");
    char allow_line[32] = "";
    if (allow)
        snprintf(allow_line, sizeof(allow_line), "Allow: %s", allow);
    const char *const headers[] = { "Cache-Control: no-store", allow ? allow_line : NULL, NULL };
    http_answer(http, &(struct http_answer){ .status = web_status(problem->code),
                          .type = "application/json",
                          .data = text.data,
                          .bytes = text.length,
                          .headers = headers });
    buf_free(&text);
}

void web_free(struct web *web)
{
    if (!web)
        return;
    if (web->in)
        message_free(call_rows[web->match.row->call].request, web->in);
    free(web->in);
    json_decref(web->object);
    crypto_forget(web, sizeof(*web));
    free(web);
}

void web_refuse(struct web *web, const struct problem *problem)
{
    web_refuse_early(web->http, problem, NULL);
    web_free(web);
}

static const struct field *find_field(const struct shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        if (!strcmp(shape->fields[i].name, name))
            return &shape->fields[i];
    return NULL;
}

/* A copy of reply with only the rows of one tenant. NULL: no memory. *ret_rows is to be freed. */
static void *cut_rows(const struct shape *shape, const void *reply, const char *tenant, void **ret_rows)
{
    const struct field *field = find_field(shape->row, "tenant");
    void *copy = malloc(shape->size);
    size_t count, kept = 0, size = shape->row->size;
    memcpy(&count, (const char *)reply + shape->offset_n_rows, sizeof(count));
    char *rows, *out = calloc(count + 1, size);
    memcpy(&rows, (const char *)reply + shape->offset_rows, sizeof(rows));
    if (!copy || !out) {
        free(copy);
        free(out);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const char *of = NULL;
        if (field)
            memcpy(&of, rows + i * size + field->offset, sizeof(of));
        if (of && !strcmp(of, tenant))
            memcpy(out + kept++ * size, rows + i * size, size);
    }
    memcpy(copy, reply, shape->size);
    memcpy((char *)copy + shape->offset_n_rows, &kept, sizeof(kept));
    memcpy((char *)copy + shape->offset_rows, &out, sizeof(out));
    *ret_rows = out;
    return copy;
}

/* Rows that do not say whose they are were asked for by tenant (api.c has set it), or are none of one tenant's. */
static bool is_cut(const struct web *web)
{
    const struct call_row *call = &call_rows[web->match.row->call];
    if (!web->who.tenant[0] || web->match.row->tenant != TENANT_FILTER || !call->reply->row)
        return false;
    return find_field(call->reply->row, "tenant") || !find_field(call->request, "tenant");
}

static int encode(const struct web *web, const void *reply, struct buf *text)
{
    const struct shape *shape = call_rows[web->match.row->call].reply;
    if (!is_cut(web))
        return message_encode(shape, reply, text);
    void *rows, *copy = cut_rows(shape, reply, web->who.tenant, &rows);
    if (!copy)
        return -1;
    int status = message_encode(shape, copy, text);
    free(rows);
    free(copy);
    return status;
}

void web_answer(struct web *web, const void *reply, const char *cookie)
{
    struct buf text = { .limit_bytes = REPLY_LIMIT_BYTES };
    if (encode(web, reply, &text)) {
        struct problem problem;
        problem_set(&problem, "no-memory", "", "the answer does not fit");
        web_refuse(web, &problem);
        buf_free(&text);
        return;
    }
    const char *const headers[] = { "Cache-Control: no-store", cookie, NULL };
    /* The text is handed over, not copied: http frees it. */
    http_answer(web->http, &(struct http_answer){ .status = 200,
                               .type = "application/json",
                               .data = text.data,
                               .bytes = text.length,
                               .headers = headers,
                               .gzip = true,
                               .owner = text.data,
                               .owner_free = free });
    web_free(web);
}

void web_answered(void *arg, const struct problem *refused, const void *reply)
{
    struct web *web = arg;
    if (refused)
        web_refuse(web, refused);
    else
        web_answer(web, reply, NULL);
}
