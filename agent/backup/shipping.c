#include "agent/backup/shipping.h"

#include <string.h>

#define SEALS_MAX 8 /* of one segment: as many cuts, each in the middle of it */

static enum target_result seal_and_put(struct shipment *shipment, struct hand *hand, struct problem *problem)
{
    const struct shipping *shipping = shipment->shipping;
    char name[OBJECT_NAME_BYTES];
    struct sealed sealed;
    if (segment_seal(&shipment->segment, &shipping->sealing, &sealed, problem))
        return TARGET_FAILED;
    name_segment(name, shipping->agent, sealed.sha256);
    enum target_result result = target_put(hand->target, name, sealed.parts, 3, problem);
    shipment->bytes = sealed.bytes;
    memcpy(shipment->sha256, sealed.sha256, SHA256_BYTES);
    memcpy(shipment->mark, sealed.bulk.mark, BULK_MARK_BYTES);
    sealed_free(&sealed);
    return result;
}

/* A hand's job. No two segments have one name, for each has a key of its own; so one that is there is refused, and one
 * that a cut left half there, which nobody may mend, is sealed anew. */
static int ship(struct job *job, struct hand *hand, struct problem *problem)
{
    struct shipment *shipment = (struct shipment *)job; /* its first member */
    struct segment *segment = &shipment->segment;
    if (hand->spare)
        memcpy(hand->spare, segment->data, segment->length);
    enum target_result result = seal_and_put(shipment, hand, problem);
    for (int n = 1; n < SEALS_MAX && result == TARGET_BROKEN && hand->spare; n++) {
        memcpy(segment->data, hand->spare, segment->length);
        result = seal_and_put(shipment, hand, problem);
    }
    return result == TARGET_DONE ? 0 : -1;
}

int shipping_make(struct shipping *shipping)
{
    for (int i = 0; i < SHIPMENTS; i++) {
        shipping->shipments[i] = (struct shipment){ .shipping = shipping, .job.work = ship };
        if (segment_make(&shipping->shipments[i].segment, i == SHIPMENT_TREE ? SHIPMENT_TREE_BYTES : SEGMENT_BYTES_MAX))
            return -1;
    }
    return 0;
}

void shipping_free(struct shipping *shipping)
{
    for (int i = 0; i < SHIPMENTS; i++)
        segment_free(&shipping->shipments[i].segment);
}

static int arrived(struct shipping *shipping, struct shipment *shipment, struct problem *problem)
{
    if (crew_wait(shipping->crew, &shipment->job, problem))
        return -1;
    struct store *store = &shipping->stores->all[shipment->store];
    store->bytes = shipment->bytes;
    memcpy(store->sha256, shipment->sha256, SHA256_BYTES);
    memcpy(store->mark, shipment->mark, BULK_MARK_BYTES);
    store->sound = true;
    return 0;
}

struct shipment *shipping_begin(struct shipping *shipping, enum segment_kind kind, struct problem *problem)
{
    struct shipment *shipment = NULL;
    for (int i = 0; i < SHIPMENTS; i++) {
        struct shipment *one = &shipping->shipments[i];
        /* One that rests; else the one that was sent first. */
        if ((i == SHIPMENT_TREE) == (kind == SEGMENT_TREE) && !one->filling &&
            (!shipment || !one->job.given || (shipment->job.given && one->store < shipment->store)))
            shipment = one;
    }
    if (shipment->job.given && arrived(shipping, shipment, problem))
        return NULL;
    if (stores_add(shipping->stores, &(struct store){ .kind = kind }, &shipment->store)) {
        problem_set(problem, "too-large", "", "the backup has too many segments");
        return NULL;
    }
    struct context context = { .agent = shipping->agent, .kind = (char)kind };
    memcpy(context.backup, shipping->backup, BACKUP_BYTES);
    segment_begin(&shipment->segment, &context);
    shipment->filling = true;
    return shipment;
}

void shipping_send(struct shipping *shipping, struct shipment *shipment)
{
    shipment->filling = false;
    crew_give(shipping->crew, &shipment->job);
}

int shipping_wait(struct shipping *shipping, struct problem *problem)
{
    for (int i = 0; i < SHIPMENTS; i++) {
        if (shipping->shipments[i].job.given && arrived(shipping, &shipping->shipments[i], problem))
            return -1;
    }
    return 0;
}
