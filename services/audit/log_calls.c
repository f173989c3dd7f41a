#include "services/audit/log_calls.h"

#include <string.h>

#include "lib/tlog/growth.h"
#include "services/audit/audit.h"

void serve_log_checkpoint(struct bus_request *request, const struct call_log_checkpoint *in)
{
    struct audit *audit = bus_request_context(request);
    struct signed_checkpoint checkpoint;
    char text[CHECKPOINT_BYTES + 1], vkey[TLOG_VKEY_BYTES];
    ledger_checkpoint(audit->ledger, (enum class)in->class, &checkpoint);
    memcpy(text, checkpoint.text, checkpoint.bytes);
    text[checkpoint.bytes] = '\0';
    tlog_vkey_format(ledger_key(audit->ledger, (enum class)in->class), vkey);
    const struct call_log_checkpoint_reply reply = { .checkpoint = text, .vkey = vkey };
    answer_log_checkpoint(request, &reply);
}

/* The newest that counts: what a quorum of witnesses cosigned, where there is one to be had. */
static struct cosigned_checkpoint newest(struct audit *audit, enum class class, struct signed_checkpoint *posted)
{
    const struct cosigned_checkpoint cosigned = cosigning_newest(&audit->cosigning, class);
    ledger_checkpoint(audit->ledger, class, posted);
    return cosigned.size ? cosigned : (struct cosigned_checkpoint){ posted->size, posted->text, posted->bytes };
}

static int answer_consistency(
    struct audit *audit, struct bus_request *request, const struct call_log_consistency *in, struct problem *problem)
{
    struct signed_checkpoint posted;
    const struct cosigned_checkpoint checkpoint = newest(audit, (enum class)in->class, &posted);
    struct call_log_consistency_reply reply = { .size = in->has_size ? in->size : checkpoint.size };
    struct tlog_growth growth;
    struct buf proof = { 0 }, note = { 0 };
    int error = in->has_old_size &&
                ledger_prove_growth(audit->ledger, (enum class)in->class, in->old_size, reply.size, &growth, problem);
    if (!error && ((in->has_old_size && tlog_growth_format(&proof, &growth)) ||
                      (!in->has_size && buf_append(&note, checkpoint.text, checkpoint.bytes))))
        error = problem_set(problem, "no-memory", "", "no memory for a proof");
    if (!error) {
        reply.consistency = proof.data;
        reply.cosigned_checkpoint = note.data;
        answer_log_consistency(request, &reply);
    }
    buf_free(&proof);
    buf_free(&note);
    return error ? -1 : 0;
}

void serve_log_consistency(struct bus_request *request, const struct call_log_consistency *in)
{
    struct problem problem;
    if (answer_consistency(bus_request_context(request), request, in, &problem))
        bus_refuse(request, &problem);
}

/* false: its tiles are not there yet. */
static bool answer(struct audit *audit, const struct log_calls_waiting *asked)
{
    struct buf entry = { 0 }, receipt = { 0 };
    struct problem problem;
    if (asked->sequence < retainer_kept_from(audit->retainer, asked->class)) {
        problem_set(&problem, "deleted", "sequence", "the entry was deleted when it was due; its hash is still there");
        bus_refuse(asked->request, &problem);
        return true;
    }
    const struct cosigned_checkpoint cosigned = cosigning_newest(&audit->cosigning, asked->class);
    int status = ledger_prove(audit->ledger, asked->class, asked->sequence, &cosigned, &entry, &receipt, &problem);
    if (status < 0) {
        bus_refuse(asked->request, &problem);
    } else if (status == 0) {
        const struct call_log_prove_reply reply = { .entry = entry.data, .receipt = receipt.data };
        answer_log_prove(asked->request, &reply);
    }
    buf_free(&entry);
    buf_free(&receipt);
    return status != 1;
}

void serve_log_prove(struct bus_request *request, const struct call_log_prove *in)
{
    struct audit *audit = bus_request_context(request);
    struct log_calls *calls = &audit->log_calls;
    const struct log_calls_waiting asked = { request, (enum class)in->class, in->sequence };
    struct problem problem;
    if (answer(audit, &asked))
        return;
    if (calls->n_waiting == LOG_CALLS_WAITING_MAX) {
        problem_set(&problem, "too-many", "", "too many wait for receipts already");
        bus_refuse(request, &problem);
        return;
    }
    calls->waiting[calls->n_waiting++] = asked;
}

void log_calls_posted(struct audit *audit)
{
    struct log_calls *calls = &audit->log_calls;
    unsigned n = 0;
    for (unsigned i = 0; i < calls->n_waiting; i++) {
        if (!answer(audit, &calls->waiting[i]))
            calls->waiting[n++] = calls->waiting[i];
    }
    calls->n_waiting = n;
}
