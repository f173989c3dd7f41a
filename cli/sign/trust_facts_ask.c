#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/log/remote.h"
#include "cli/sign/trust_facts.h"
#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/tlog/key.h"

#define DEADLINE_MS 15000

/* The reply as it stands in a trust file: fields have the same names there. */
struct reply {
    enum call call;
    json_t *json;
};

static void take(void *arg, const void *reply)
{
    struct reply *ret = arg;
    struct buf text = { 0 };
    if (!message_encode(call_rows[ret->call].reply, reply, &text))
        ret->json = message_parse(text.data, text.length, NULL);
    buf_free(&text);
}

/* The caller's; NULL + problem. */
static json_t *ask_one(struct cli *cli, enum call call, struct problem *problem)
{
    struct reply reply = { .call = call };
    json_t *fields = json_object();
    enum outcome outcome = ask(cli, call, fields, DEADLINE_MS, take, &reply, problem);
    json_decref(fields);
    if (!outcome && !reply.json)
        problem_set(problem, "no-memory", "", "no memory");
    return reply.json;
}

static int ask_ca(struct cli *cli, json_t *facts, struct problem *problem)
{
    json_t *reply = ask_one(cli, CALL_TRUST_CA, problem);
    if (!reply)
        return -1;
    json_object_set_new(facts, "tls_pins", json_pack("[O]", json_object_get(reply, "ca_sha256")));
    json_decref(reply);
    return 0;
}

/* What stands beside the tiles, checked to be a key. */
static int ask_log(struct log_remote *log, enum class class, json_t *logs, struct problem *problem)
{
    struct tlog_vkey vkey;
    char path[32], *text;
    size_t bytes;
    snprintf(path, sizeof(path), "log/%s/vkey", class_words[class]);
    if (log_remote_text(log, path, TLOG_VKEY_BYTES, &text, &bytes, problem))
        return -1;
    text[strcspn(text, "\n")] = '\0';
    int error = tlog_vkey_parse(text, &vkey, problem);
    if (!error)
        json_array_append_new(logs, json_pack("{ss ss}", "class", class_words[class], "vkey", text));
    free(text);
    return error;
}

static int ask_logs(struct cli *cli, json_t *facts, struct problem *problem)
{
    json_t *logs = json_array();
    struct log_remote *log = log_remote_open(cli, cli->options.url, problem);
    int error = log ? 0 : -1;
    json_object_set_new(facts, "logs", logs);
    for (int class = 0; class < CLASS_COUNT && !error; class ++)
        error = ask_log(log, (enum class) class, logs, problem);
    log_remote_free(log);
    return error;
}

static int ask_service(
    struct cli *cli, json_t *services, enum call call, enum addressee service, struct problem *problem)
{
    json_t *reply = ask_one(cli, call, problem);
    if (!reply)
        return -1;
    json_object_set_new(reply, "service", json_string(addressee_words[service]));
    return json_array_append_new(services, reply);
}

int trust_facts_ask(struct cli *cli, json_t *facts, struct problem *problem)
{
    json_t *services = json_array();
    int error = ask_ca(cli, facts, problem) || ask_logs(cli, facts, problem);
    json_object_set_new(facts, "services", services);
    return error || ask_service(cli, services, CALL_SCHEDULER_KEYS, ADDRESSEE_SCHEDULER, problem) ||
                   ask_service(cli, services, CALL_BACKUP_KEYS, ADDRESSEE_BACKUP, problem)
               ? -1
               : 0;
}
