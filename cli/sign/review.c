/* What a person reads before signing. */
#include <stdlib.h>
#include <string.h>

#include "cli/sign/sign.h"
#include "lib/clock.h"
#include "lib/harmless.h"
#include "lib/message/message.h"

static void show_text(struct buf *out, const char *text)
{
    harmless_append(out, text, strlen(text));
}

static void add_head(const struct signing *signing, struct buf *out)
{
    const struct document_head *head = &signing->document.body.head;
    char from[RFC3339_BYTES], to[RFC3339_BYTES], hash[HEX_BYTES(SHA256_BYTES)];
    clock_rfc3339(from, head->not_before);
    clock_rfc3339(to, head->expires);
    crypto_hex(signing->dsse.sha256, SHA256_BYTES, hash);
    buf_format(out, "Document    %s %s, version %u, of deployment %s\n", document_kind_words[head->kind],
        head->document, head->version, head->deployment);
    buf_text(out, "Title       ");
    show_text(out, head->title);
    buf_format(out,
        "\nGood        %s to %s\nNumber      %s\n            (SHA-256 of what is signed: the same for all who sign)\n",
        from, to, hash);
}

static void add_signers(const char *label, const struct signers *signers, const struct trust *trust, struct buf *out)
{
    char names[1024];
    signers_text(signers, trust, names, sizeof(names));
    buf_format(out, "%-12s", label);
    show_text(out, *names ? names : "nobody yet");
    buf_format(
        out, "; %u of %u %s\n", signers->count, signers->threshold, signers->threshold == 1 ? "person" : "people");
}

static void add_targets(const struct document_scope *scope, struct buf *out)
{
    buf_format(out, "For         %zu agent%s, by the keys that they have:\n", scope->n_targets,
        scope->n_targets == 1 ? "" : "s");
    for (size_t i = 0; i < scope->n_targets; i++) {
        const struct document_target *target = &scope->targets[i];
        buf_format(out, "            %s  ", target->fingerprint);
        show_text(out, target->name ? target->name : "");
        if (target->has_agent)
            buf_format(out, " (agent %u)", target->agent);
        buf_text(out, "\n");
    }
}

static void add_scope(const struct signing *signing, struct buf *out)
{
    struct document_scope scope;
    document_scope(&signing->document, &scope);
    if (scope.n_targets)
        add_targets(&scope, out);
    else if (scope.tenant)
        buf_format(out, "For         every agent of tenant %s%s%s, also those that join later\n", scope.tenant,
            scope.site ? ", site " : "", scope.site ? scope.site : "");
    else
        buf_text(out, "For         every agent of the deployment\n");
}

static void add_change(const char *sign, const char *name, const json_t *value, struct buf *out)
{
    char *text = value ? message_text(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    if (!text)
        return;
    buf_format(out, "            %s %s: ", sign, name);
    show_text(out, text);
    buf_text(out, "\n");
    free(text);
}

/* Member by member: a document is written as its author likes, and only what it says can change. */
static void add_changes(const struct signing *signing, struct buf *out)
{
    const json_t *new = signing->document.json, *value;
    json_t *old = message_parse(signing->before.data, signing->before.length, NULL);
    const char *name;
    if (!old)
        return;
    buf_format(out, "Changed     since version %lld, which was signed here last:\n",
        (long long)json_integer_value(json_object_get(old, "version")));
    json_object_foreach(old, name, value)
    {
        const json_t *now = json_object_get(new, name);
        if (now && json_equal(value, now))
            continue;
        add_change("-", name, value, out);
        add_change("+", name, now, out);
    }
    json_object_foreach((json_t *)new, name, value)
    {
        if (!json_object_get(old, name))
            add_change("+", name, value, out);
    }
    json_decref(old);
}

/* Within the JSON it stands on one line. */
static void add_script(const struct signing *signing, struct buf *out)
{
    const struct document_task *task = &signing->document.body.task;
    if (task->head.kind != DOCUMENT_KIND_TASK || !task->script)
        return;
    buf_text(out, "Script      as its interpreter will read it:\n");
    for (const char *line = task->script->body; *line;) {
        size_t bytes = strcspn(line, "\n");
        buf_text(out, "            | ");
        harmless_append(out, line, bytes);
        buf_text(out, "\n");
        line += bytes + (line[bytes] == '\n');
    }
}

int sign_review(const struct signing *signing, struct buf *ret)
{
    add_head(signing, ret);
    if (signing->trust)
        add_signers("Signed by", &signing->signers, signing->trust, ret);
    if (signing->next)
        add_signers(signing->trust ? "and, as new" : "Signed by", &signing->by_next, signing->next, ret);
    add_scope(signing, ret);
    if (signing->before.length)
        add_changes(signing, ret);
    add_script(signing, ret);
    buf_format(ret, "The bytes   %zu of them, as they are signed:\n\n", signing->dsse.payload_bytes);
    harmless_append(ret, signing->dsse.payload, signing->dsse.payload_bytes);
    buf_text(ret, "\n");
    return ret->failed ? -1 : 0;
}
