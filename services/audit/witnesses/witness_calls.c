/* log.cosign, witness.add, witness.remove and witness.list. */
#include <string.h>

#include "lib/class_numbers.h"
#include "services/audit/audit.h"

void serve_log_cosign(struct bus_request *request, const struct call_log_cosign *in)
{
    struct audit *audit = bus_request_context(request);
    struct problem problem;
    if (cosigning_take(&audit->cosigning, (enum class)in->class, in->size, in->cosignature, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    const struct call_log_cosign_reply reply = { 0 };
    answer_log_cosign(request, &reply);
}

void serve_witness_add(struct bus_request *request, const struct call_witness_add *in)
{
    struct audit *audit = bus_request_context(request);
    struct problem problem;
    if (cosigning_add(&audit->cosigning, in->vkey, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    const struct call_witness_add_reply reply = { 0 };
    answer_witness_add(request, &reply);
}

void serve_witness_remove(struct bus_request *request, const struct call_witness_remove *in)
{
    struct audit *audit = bus_request_context(request);
    struct problem problem;
    const struct tlog_policy *policy = &audit->cosigning.policy;
    for (size_t i = 0; i < policy->witness_count; i++) {
        char vkey[TLOG_VKEY_BYTES];
        tlog_vkey_format(&policy->witnesses[i], vkey);
        if (!strcmp(policy->witnesses[i].name, in->witness))
            bus_request_old(request, json_pack("{s:s}", "vkey", vkey));
    }
    if (cosigning_remove(&audit->cosigning, in->witness, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    const struct call_witness_remove_reply reply = { 0 };
    answer_witness_remove(request, &reply);
}

/* A row's texts that are not the witness's own. */
struct listed {
    char vkey[TLOG_VKEY_BYTES], cosigned[CLASS_NUMBERS_BYTES];
};

static struct call_witness_list_reply_row row_of(const struct cosigning *cosigning, size_t i, struct listed *texts)
{
    const uint64_t *sizes = cosigning->followed[i].size;
    unsigned classes = 0;
    for (int class = 0; class < CLASS_COUNT; class ++)
        classes |= sizes[class] ? 1u << class : 0;
    class_numbers_format(sizes, classes, texts->cosigned);
    tlog_vkey_format(&cosigning->policy.witnesses[i], texts->vkey);
    return (struct call_witness_list_reply_row){
        .witness = cosigning->policy.witnesses[i].name,
        .vkey = texts->vkey,
        .cosigned = classes ? texts->cosigned : NULL,
        .has_last_contact = cosigning->followed[i].contact_ms,
        .last_contact = cosigning->followed[i].contact_ms,
    };
}

void serve_witness_list(struct bus_request *request, const struct call_witness_list *in)
{
    (void)in;
    const struct audit *audit = bus_request_context(request);
    const struct cosigning *cosigning = &audit->cosigning;
    struct call_witness_list_reply_row rows[TLOG_WITNESSES];
    struct listed texts[TLOG_WITNESSES];
    for (size_t i = 0; i < cosigning->policy.witness_count; i++)
        rows[i] = row_of(cosigning, i, &texts[i]);
    const struct call_witness_list_reply reply = {
        .quorum = (uint32_t)cosigning->policy.quorum,
        .n_rows = cosigning->policy.witness_count,
        .rows = rows,
    };
    answer_witness_list(request, &reply);
}
