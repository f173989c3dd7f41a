#include "services/ingest/mail/mail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/beat.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mail/machine.h"
#include "services/ingest/sender.h"

static int check_nonce(struct ingest *ingest, const struct call_agent_mail *mail, struct problem *problem)
{
    uint8_t nonce[NONCE_BYTES];
    if (!mail->nonce)
        return 0;
    if (crypto_unhex(mail->nonce, nonce, sizeof(nonce)) ||
        !nonce_take(&ingest->nonces, mail->agent, nonce, clock_mono_ms()))
        return problem_set(
            problem, "bad-nonce", "nonce", "the nonce is not the one last given, or older than a minute");
    return 0;
}

static int keep_inventory(struct ingest *ingest, const struct call_agent_mail *mail, struct problem *problem)
{
    struct agent_row row = { .agent = mail->agent };
    if (mail->inventory && !presence_may_say(&ingest->presence, mail->agent))
        return problem_set(
            problem, "too-many-attempts", "inventory", "agent %u reports too often: wait a minute", mail->agent);
    char *text = mail->inventory ? message_text(mail->inventory, JSON_COMPACT) : NULL;
    if (!text)
        return mail->inventory ? problem_set(problem, "no-memory", "inventory", "no memory for the inventory") : 0;
    row.inventory = text;
    machine_read(mail->inventory, &row);
    int changed = registry_report(&ingest->registry, &row, problem);
    free(text);
    if (changed > 0)
        ingest->hot.dirty_record[mail->agent / BUCKET_AGENTS] = 1;
    return changed < 0 ? -1 : 0;
}

/* If the event does not fit into the outbox the next alternation tells it. */
static void look_for_twin(struct ingest *ingest, const struct call_agent_mail *mail, const char *address)
{
    uint8_t instance[INSTANCE_BYTES];
    char subject[24];
    if (crypto_unhex(mail->instance, instance, sizeof(instance)) ||
        !instances_heard(&ingest->instances, mail->agent, instance, clock_mono_ms()))
        return;
    const struct site *site = &ingest->sites.all[ingest->hot.site[mail->agent]];
    snprintf(subject, sizeof(subject), "agent/%" PRIu32, mail->agent);
    const struct event_about about = { .tenant = site->tenant, .subject = subject };
    const struct event_agent_cloned data = { .agent = mail->agent, .address = address };
    if (emit_agent_cloned(ingest->program.bus, &about, &data, NULL, NULL))
        return;
    instances_told(&ingest->instances, mail->agent);
    ingest->counts.cloned++;
    log_warning("agent.cloned", LOG_INT("agent", mail->agent), LOG_TEXT("address", address));
}

static int take(
    struct ingest *ingest, const struct call_agent_mail *mail, const struct posted *posted, struct problem *problem)
{
    if (sender_check(ingest, mail->agent, posted->body, posted->bytes, posted->mac, problem) ||
        check_nonce(ingest, mail, problem) || keep_inventory(ingest, mail, problem))
        return -1;
    look_for_twin(ingest, mail, posted->address);
    return 0;
}

int mail_take(struct ingest *ingest, const struct posted *posted, struct call_agent_mail_reply *ret,
    char ret_nonce[HEX_BYTES(NONCE_BYTES)], struct problem *problem)
{
    struct call_agent_mail mail;
    uint8_t nonce[NONCE_BYTES];
    json_t *json = message_parse(posted->body, posted->bytes, problem);
    int error =
        !json || message_decode(&call_agent_mail_shape, json, &mail, problem) || take(ingest, &mail, posted, problem);
    if (!error) {
        nonce_make(&ingest->nonces, mail.agent, clock_mono_ms(), nonce);
        crypto_hex(nonce, sizeof(nonce), ret_nonce);
        *ret = (struct call_agent_mail_reply){ .counter = ingest->hot.pulse[mail.agent].counter, .nonce = ret_nonce };
        ingest->counts.mails++;
    } else {
        ingest->counts.mails_refused++;
    }
    json_decref(json);
    return error ? -1 : 0;
}
