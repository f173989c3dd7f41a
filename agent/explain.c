#include "agent/explain.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/inventory.h"
#include "agent/machine.h"
#include "agent/options.h"
#include "agent/policy.h"
#include "agent/state.h"
#include "contract.h"
#include "lib/bus/keys.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/version.h"

/* Every field of the three messages besides the inventory's own table. */
struct explained {
    const char *name, *value, *why;
};

static void print_section(const char *title, const struct explained *rows)
{
    printf("%s\n", title);
    for (; rows->name; rows++)
        printf("  %-14s %s\n  %-14s   %s\n", rows->name, rows->value, "", rows->why);
    printf("\n");
}

static void print_beat(const char *agent)
{
    const struct explained rows[] = {
        { "version", "1", "layout of these 24 bytes" },
        { "flags", "hello, goodbye, updating, mail wanted, probe",
            "a start, a clean stop, an update under way, may the server wake us, does it hear us" },
        { "agent", agent, "which agent this is" },
        { "counter", "one more each time", "so that a recorded beat cannot be played again" },
        { "MAC", "8 bytes", "nobody without our key can make such a beat" },
        { NULL, NULL, NULL },
    };
    print_section("Heartbeat: UDP, every 15 s, 24 bytes", rows);
}

static void print_mail(const char *agent)
{
    const struct explained rows[] = {
        { "agent", agent, "which agent this is" },
        { "instance", "random for each start", "so that a copied identity is noticed" },
        { "nonce", "what the server gave", "only after a restored state: proves that we live now" },
        { "Vedette-MAC", "32 bytes", "nobody without our key can send such mail" },
        { "inventory", "see below", "only at a start and after a change; policy key `inventory`" },
        { NULL, NULL, NULL },
    };
    print_section(
        "Mail: HTTPS, at a start, when woken, after a change, and every 6 h (15 min where wakes do not arrive)", rows);
}

static void print_watches(void)
{
    const struct explained rows[] = {
        { "watch", "its name", "as the signed document names it; watches.json has what is watched here" },
        { "level", "ok, warning, critical, unknown", "how it stands, since when, and whether it is held back" },
        { "value", "a number", "what it measured last: a share, a time, a count; never a content" },
        { "lowest, mean, highest", "numbers", "of each five minutes" },
        { "reason", "a sentence", "why it is not well; of a script the first line that it wrote" },
        { NULL, NULL, NULL },
    };
    print_section("Watches: sealed, after a change and every 15 min, only while a signed document has any", rows);
}

static void print_enrolment(void)
{
    char hostname[FACT_BYTES], os[FACT_BYTES], kernel[FACT_BYTES];
    machine_hostname(hostname);
    machine_os(os);
    machine_kernel(kernel);
    const struct explained rows[] = {
        { "token", "from --token-file", "the server's permission to join" },
        { "tenant, site", "from the command", "so that a token of another place is refused" },
        { "name", "from --name", "what people call this machine" },
        { "beat_secret", "32 random bytes", "the keys of heartbeats, wakes and mail come of it" },
        { "sign_key", "a public key", "the server knows later messages of ours by it" },
        { "seal_key", "a public key", "messages to us are sealed for it" },
        { "instance", "random", "so that a copied identity is noticed" },
        { "hostname", hostname, "people look for a machine by its name" },
        { "os", os, "which updates and tasks suit it" },
        { "kernel", kernel, "whether a security update has taken effect" },
        { "version", vedette_version, "which agents are due for an update" },
        { NULL, NULL, NULL },
    };
    print_section("Enrolment: HTTPS, once", rows);
}

static int print_inventory(const struct policy *policy)
{
    printf("Inventory: part of mail%s\n", policy->inventory ? "" : "; NOT SENT, the policy forbids it");
    for (const struct inventory_field *field = inventory_fields; field->name; field++) {
        json_t *value = field->collect();
        char *text = value ? message_text(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
        json_decref(value);
        if (!text)
            return 1;
        printf("  %-14s %s\n  %-14s   %s\n", field->name, text, "", field->why);
        free(text);
    }
    printf("\nBackups, where a plan was signed and the policy lets it (backup_paths): to this machine's own "
           "targets alone\n(targets.conf), sealed so that the owner's keys open them and the server's do not.\n");
    printf("\nNothing else goes to the server: no files, passwords, keystrokes, screens or browsing.\n");
    return 0;
}

/* Straight from the contract, so that nothing can be sent that does not stand here. */
static void print_fields(const struct shape *shape)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        printf(" %s", shape->fields[i].name);
    if (shape->row)
        print_fields(shape->row);
}

static const char *why_sent(enum envelope purpose)
{
    switch (purpose) {
    case ENVELOPE_RUN:
        return "how far something is that people signed for this machine, or why it was refused";
    case ENVELOPE_OUTPUT:
        return "what such a task wrote, as far as its document and the policy allow (output_limit)";
    case ENVELOPE_WANTED:
        return "which file of such a task is missing, where mail comes by files or mails";
    case ENVELOPE_REPORT:
        return "which documents are in force here, which trust file, the owner's policy, names and kinds of the "
               "owner's "
               "targets of backups and what came of trying them: when one changes, and with each status";
    case ENVELOPE_WATCHES:
        return "what watches that people signed for this machine have seen";
    case ENVELOPE_REMEMBERED:
        return "how far this machine has seen the log grow, so that nobody can show it another one";
    case ENVELOPE_BACKUP_RUN:
        return "how far a backup is that was ordered by a plan that people signed, or why not";
    case ENVELOPE_BACKUP_COMMIT:
        return "the signed list of what a backup consists of: hashes and sizes of sealed objects, no names of files";
    case ENVELOPE_KEYS_COMMIT:
        return "which segments the backup consists of that people signed to be restored here";
    case ENVELOPE_KEYS_WANTED:
        return "the wrapped content keys that this restore needs, and the proof that it was signed and logged";
    default:
        return "";
    }
}

static void print_envelopes(void)
{
    printf("Sealed messages: only after `trust adopt` or enrolment with --trust; nobody but the named service reads "
           "them\n");
    for (int i = 0; i < ENVELOPE_COUNT; i++) {
        if (envelope_rows[i].from)
            continue;
        const char *reader = envelope_rows[i].to == PEER_KEYSERVER ? "keyserver" : bus_peer_name(envelope_rows[i].to);
        printf("  %-14s to the service %s:", envelope_rows[i].purpose, reader);
        print_fields(envelope_rows[i].body);
        printf("\n  %-14s   %s\n", "", why_sent((enum envelope)i));
    }
    printf("\n");
}

int agent_explain(const struct options *options, char **argv)
{
    (void)argv;
    struct identity identity;
    struct policy policy;
    struct problem problem;
    char agent[32] = "given at enrolment";
    if (policy_find(options->policy, &policy, &problem))
        return say_problem(&problem);
    if (!state_enter(options->state, NULL) && !identity_load(&identity, NULL))
        snprintf(agent, sizeof(agent), "%u", identity.agent);
    print_beat(agent);
    print_mail(agent);
    print_watches();
    print_enrolment();
    print_envelopes();
    return print_inventory(&policy) || fflush(stdout);
}
