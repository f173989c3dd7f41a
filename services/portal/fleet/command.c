/* agent.command: the one command that adds a machine, with everything in it that the machine must check; and trust.ca. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/files.h"
#include "services/portal/web.h"

#define PACKAGE_LIMIT_BYTES (64u << 20)
#define COMMAND_BYTES 2048 /* fields.def */
#define TRUST_DEADLINE_MS 5000

/* The port of "host:port", as settings checked it. */
static uint32_t port_of(const char *address)
{
    const char *colon = strrchr(address, ':');
    return colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
}

static int check_token(const char *token, struct problem *problem)
{
    if (strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(token))
        return problem_set(problem, "bad-field", "token", "this is no enrolment token");
    return 0;
}

static int hash_package(
    const char *path, char ret_sha256[HEX_BYTES(SHA256_BYTES)], uint64_t *ret_bytes, struct problem *problem)
{
    char *data;
    size_t bytes;
    uint8_t hash[SHA256_BYTES];
    if (!path[0] || file_read(path, PACKAGE_LIMIT_BYTES, &data, &bytes, problem))
        return problem_set(
            problem, "no-package", "", "the server has no agent package: see the setting ingest.package");
    crypto_sha256(data, bytes, hash);
    crypto_hex(hash, sizeof(hash), ret_sha256);
    *ret_bytes = bytes;
    free(data);
    return 0;
}

/* The form is that of agent/package/README. The package comes over a connection that proves nothing (-k): it is
 * compared with its hash before anything of it is touched. The token goes by standard input, where ps is blind. */
static void write_command(
    const struct call_agent_command *in, const struct call_agent_command_reply *reply, char ret[COMMAND_BYTES])
{
    snprintf(ret, COMMAND_BYTES,
        "(umask 077 && d=$(mktemp -d) && cd \"$d\" && curl -fsSk https://%s:%u/v1/package -o agent.tar.gz && "
        "echo \"%s  agent.tar.gz\" | sha256sum -c - && tar -xzf agent.tar.gz && printf %%s %s | "
        "$([ \"$(id -u)\" = 0 ] || echo sudo) ./vedette-agent/install --server https://%s:%u --token-file - %s %s "
        "--tenant %s --site %s)",
        reply->server, reply->port, reply->package_sha256, in->token, reply->server, reply->port,
        reply->trust_sha256 ? "--trust" : "--ca", reply->trust_sha256 ? reply->trust_sha256 : reply->ca_sha256,
        in->tenant, in->site);
}

/* chain is from the oldest on; each one's successors are found by the agent, so any of them would do. */
static void answer(struct web *web, const struct call_trust_get_reply *chain)
{
    const struct settings *settings = &web->portal->program.settings;
    struct problem problem;
    char sha256[HEX_BYTES(SHA256_BYTES)], trust[sizeof("sha256:") + 2 * SHA256_BYTES], command[COMMAND_BYTES];
    struct call_agent_command_reply reply = { .command = command,
        .package_sha256 = sha256,
        .ca_sha256 = web->portal->ca_fingerprint,
        .server = settings->portal.agent_server[0] ? settings->portal.agent_server : settings->common.public_name,
        .port = settings->portal.agent_port ? (uint32_t)settings->portal.agent_port
                                            : port_of(settings->ingest.http_listen) };
    if (hash_package(settings->ingest.package, sha256, &reply.package_bytes, &problem)) {
        web_refuse(web, &problem);
        return;
    }
    if (chain->n_rows) {
        const struct call_trust_get_reply_row *newest = &chain->rows[chain->n_rows - 1];
        snprintf(trust, sizeof(trust), "sha256:%s", newest->document_sha256);
        reply.trust_sha256 = trust;
        reply.has_trust_version = true;
        reply.trust_version = newest->trust_version;
    }
    write_command(web->in, &reply, command);
    web_answer(web, &reply, NULL);
}

/* Without an answer no command is shown: with --ca instead of --trust the machine would trust nobody's signatures. */
static void trust_told(void *arg, const struct problem *refused, const void *reply)
{
    if (refused)
        web_refuse(arg, refused);
    else
        answer(arg, reply);
}

void web_agent_command(struct web *web, const void *arg)
{
    const struct call_agent_command *in = arg;
    struct problem problem;
    if (check_token(in->token, &problem))
        web_refuse(web, &problem);
    else
        ask_trust_get(
            web->portal->program.bus, web->actor, &(struct call_trust_get){ 0 }, TRUST_DEADLINE_MS, trust_told, web);
}

void web_trust_ca(struct web *web, const void *in)
{
    (void)in;
    web_answer(web, &(struct call_trust_ca_reply){ web->portal->ca_fingerprint }, NULL);
}
