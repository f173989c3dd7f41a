/* `vedette trust facts`: what a trust file says of this server, for who makes one elsewhere. Nothing secret is in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/keep.h"
#include "cli/run.h"
#include "cli/sign/sign.h"
#include "cli/sign/trust_facts.h"
#include "lib/certificate.h"
#include "lib/config.h"
#include "lib/exchange/own_keys.h"
#include "lib/log_key.h"

static int add_ca(json_t *facts, struct problem *problem)
{
    char fingerprint[FINGERPRINT_BYTES], *chain = keep_read("ca.pem", problem);
    if (!chain)
        return -1;
    int error = certificate_fingerprint(chain, fingerprint, problem);
    free(chain);
    return error ? -1 : json_object_set_new(facts, "tls_pins", json_pack("[s]", fingerprint));
}

/* What stands beside the tiles: after a recovery that is the succeeding log's. Before the first start there is none. */
static int log_vkey(const char *deployment, enum class class, char ret[TLOG_VKEY_BYTES], struct problem *problem)
{
    char path[64];
    uint8_t seed[ED25519_SEED_BYTES];
    struct tlog_signer signer;
    snprintf(path, sizeof(path), "log/%s/vkey", class_words[class]);
    char *text = keep_has(path) ? keep_read(path, problem) : NULL;
    if (text) {
        snprintf(ret, TLOG_VKEY_BYTES, "%.*s", (int)strcspn(text, "\n"), text);
        free(text);
        return 0;
    }
    int error = keep_has(path) || log_key_load(LOG_KEY_PATH, seed, problem) ||
                log_key_signer(seed, deployment, class, 1, &signer, problem);
    if (!error)
        tlog_vkey_format(&signer.vkey, ret);
    crypto_forget(seed, sizeof(seed));
    crypto_forget(&signer, sizeof(signer));
    return error ? -1 : 0;
}

static int add_logs(json_t *facts, const char *deployment, struct problem *problem)
{
    json_t *logs = json_array();
    json_object_set_new(facts, "logs", logs);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        char vkey[TLOG_VKEY_BYTES];
        if (log_vkey(deployment, (enum class) class, vkey, problem))
            return -1;
        json_array_append_new(logs, json_pack("{ss ss}", "class", class_words[class], "vkey", vkey));
    }
    return 0;
}

static int add_service(json_t *services, enum addressee service, struct problem *problem)
{
    struct own_keys_offer offer;
    if (own_keys_offer(addressee_words[service], &offer, problem))
        return -1;
    return json_array_append_new(services, json_pack("{ss ss ss}", "service", addressee_words[service], "sign_key",
                                               offer.sign_key, "seal_key", offer.seal_key));
}

static int add_services(json_t *facts, struct problem *problem)
{
    json_t *services = json_array();
    json_object_set_new(facts, "services", services);
    return add_service(services, ADDRESSEE_SCHEDULER, problem) || add_service(services, ADDRESSEE_BACKUP, problem) ? -1
                                                                                                                   : 0;
}

/* On the host, from its files: also before anything was started. */
static int gather(const struct cli *cli, json_t *facts, struct problem *problem)
{
    struct settings settings;
    if (chdir(cli->options.state))
        return problem_errno(problem, "file", cli->options.state, "cannot enter %s", cli->options.state);
    if (config_load("vedette.conf", NULL, 0, &settings, problem))
        return -1;
    return add_ca(facts, problem) || add_logs(facts, settings.common.deployment, problem) ||
                   add_services(facts, problem)
               ? -1
               : 0;
}

enum outcome run_trust_facts(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    json_t *facts = json_object();
    (void)given;
    int error = cli->options.url ? trust_facts_ask(cli, facts, &problem) : gather(cli, facts, &problem);
    if (!error) {
        json_dumpf(facts, stdout, JSON_INDENT(2));
        printf("\n");
    }
    json_decref(facts);
    return error ? sign_fail(command, &problem) : OUTCOME_OK;
}
