#include "services/backup/orders/text.h"

#include "lib/message/message.h"

int order_text(struct order *order, const char *deployment, const char *fingerprint, bool anchor, struct buf *ret)
{
    char slot[DATE_BYTES], kept_until[DATE_BYTES];
    uint8_t hash[SHA256_BYTES];
    size_t begin = ret->length;
    civil_text(order->slot, slot);
    civil_text(order->kept_until, kept_until);
    const struct backup_order record = {
        .deployment = deployment,
        .agent = order->agent,
        .fingerprint = fingerprint,
        .backup = order->backup,
        .document = order->document,
        .document_version = order->version,
        .backup_class = order->class,
        .slot = slot,
        .zone = order->zone,
        .kept_until = kept_until,
        .base = *order->base ? order->base : NULL,
        .anchor = anchor,
        .ordered_at = order->ordered_ms,
        .begin_by = order->begin_by_ms,
        .expires = order->expires_ms,
    };
    if (message_encode(&backup_order_shape, &record, ret))
        return -1;
    crypto_sha256(ret->data + begin, ret->length - begin, hash);
    crypto_hex(hash, sizeof(hash), order->sha256);
    return 0;
}
