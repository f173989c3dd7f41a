/* `vedette trust show`: who may sign what, as it is known here. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/run.h"
#include "cli/sign/home.h"
#include "cli/sign/sign.h"
#include "lib/clock.h"

static void show_people(const struct trust *trust)
{
    for (size_t i = 0; i < trust->n_keys; i++) {
        const struct trust_key *key = &trust->keys[i];
        printf("  %-20s %-8s %s\n", trust_person(trust, key), key_type_words[key->type], key->ssh.key.keyid);
    }
}

static void show_pins(const struct document_trust *body)
{
    for (size_t i = 0; i < body->n_tls_pins; i++)
        printf("  CA      %s\n", body->tls_pins[i]);
    for (size_t i = 0; i < body->n_logs; i++)
        printf("  log     %-7s %s\n", class_words[body->logs[i].class], body->logs[i].vkey);
    for (size_t i = 0; i < body->n_witnesses; i++)
        printf("  witness %s\n", body->witnesses[i]);
    for (size_t i = 0; i < body->n_services; i++)
        printf("  service %s\n", service_words[body->services[i].service]);
}

static void show(const struct trust *trust)
{
    const struct document_trust *body = trust->body;
    char hash[HEX_BYTES(SHA256_BYTES)], until[RFC3339_BYTES];
    crypto_hex(trust->sha256, sizeof(trust->sha256), hash);
    clock_rfc3339(until, body->head.expires);
    printf("deployment %s, trust file version %u, good until %s\nsha256:%s\n\nkeys\n", body->head.deployment,
        body->head.version, until, hash);
    show_people(trust);
    printf("\npeople that a document wants\n");
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        if (trust->thresholds[kind])
            printf("  %-12s %u of %zu\n", document_kind_words[kind], trust->thresholds[kind], body->n_people);
    }
    printf("\npins (receipts want %u witnesses)\n", body->quorum);
    show_pins(body);
}

enum outcome run_trust_show(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct trust *trust = home_trust(cli, &problem);
    (void)given;
    if (!trust)
        return sign_fail(command, &problem);
    if (cli->options.json) {
        char hash[HEX_BYTES(SHA256_BYTES)];
        json_t *json = json_deep_copy(trust->document.json);
        crypto_hex(trust->sha256, sizeof(trust->sha256), hash);
        json_object_set_new(json, "document_sha256", json_string(hash));
        json_dumpf(json, stdout, JSON_COMPACT);
        printf("\n");
        json_decref(json);
    } else {
        show(trust);
    }
    trust_free(trust);
    return OUTCOME_OK;
}
