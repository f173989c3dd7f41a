/* Sealed values opened again: for who reads an entry, and for what stays of it when a person is erased. */
#include <string.h>

#include "lib/aead.h"
#include "lib/buf.h"
#include "lib/seal/inside.h"
#include "lib/seal/kept.h"
#include "lib/seal/text.h"

#define SALT_BEFORE ",\"salt\":\""

static int find_salt(const char *text, size_t bytes, uint8_t ret[EVENT_SALT_BYTES])
{
    char hex[HEX_BYTES(EVENT_SALT_BYTES)] = "";
    const char *at = memmem(text, bytes, SALT_BEFORE, strlen(SALT_BEFORE));
    if (!at || (size_t)(text + bytes - at) < strlen(SALT_BEFORE) + sizeof(hex))
        return -1;
    memcpy(hex, at + strlen(SALT_BEFORE), sizeof(hex) - 1);
    return crypto_unhex(hex, ret, EVENT_SALT_BYTES);
}

/* The value into room. -1: the key is gone, or it is not what it says. */
static int open_value(
    struct seal *seal, enum class class, const uint8_t salt[EVENT_SALT_BYTES], const struct seal_text *found)
{
    const struct seal_place place = seal_place_of(class, found->day, found->number, salt, found->field);
    const size_t length = (size_t)(found->end - found->base64);
    uint8_t key[SECRET_BYTES];
    size_t bytes;
    buf_clear(&seal->room);
    uint8_t *sealed = (uint8_t *)buf_reserve(&seal->room, 2 * length + 1), *text = sealed + length;
    if (!sealed || !seal->keys || seal_keys_value(seal->keys, class, found->day, place.bytes, place.length, key) ||
        crypto_unbase64(found->base64, length, sealed, length, &bytes) || bytes < AEAD_TAG_BYTES)
        return -1;
    if (aead_open(seal->aead, key, place.bytes, place.length, sealed, bytes, text))
        return -1;
    memmove(sealed, text, bytes - AEAD_TAG_BYTES);
    seal->room.length = bytes - AEAD_TAG_BYTES;
    seal->first = found->day < seal->first ? found->day : seal->first;
    seal->last = found->day > seal->last ? found->day : seal->last;
    return 0;
}

/* Without the quotes: those of the text around it stand already. */
static int append_value(struct buf *out, const struct buf *value)
{
    const size_t before = out->length;
    if (buf_json_string(out, value->data, value->length))
        return -1;
    memmove(out->data + before, out->data + before + 1, out->length - before - 2);
    out->length -= 2;
    return 0;
}

int seal_open(struct seal *seal, enum class class, const char *text, size_t bytes, const char **ret, size_t *ret_bytes)
{
    const char *at = text, *end = text + bytes;
    uint8_t salt[EVENT_SALT_BYTES];
    struct seal_text found;
    seal->first = UINT32_MAX;
    seal->last = 0;
    *ret = text;
    *ret_bytes = bytes;
    if (seal_text_find(text, bytes, &found) || find_salt(text, bytes, salt))
        return 0;
    buf_clear(&seal->opened);
    do {
        int error = buf_append(&seal->opened, at, (size_t)(found.at - at)) ||
                    (open_value(seal, class, salt, &found) ? buf_text(&seal->opened, SEAL_ERASED)
                                                           : append_value(&seal->opened, &seal->room));
        if (error)
            return -1;
        at = found.end;
    } while (!seal_text_find(at, (size_t)(end - at), &found));
    if (buf_append(&seal->opened, at, (size_t)(end - at)))
        return -1;
    *ret = seal->opened.data;
    *ret_bytes = seal->opened.length;
    return 0;
}

static bool is_name(const struct buf *value, const char *who)
{
    return value->length == strlen(who) && !memcmp(value->data, who, value->length);
}

static bool names(struct seal *seal, enum class class, const uint8_t salt[EVENT_SALT_BYTES], const char *who,
    const char *text, size_t bytes)
{
    struct seal_text found;
    for (const char *at = text; !seal_text_find(at, (size_t)(text + bytes - at), &found); at = found.end) {
        if (!open_value(seal, class, salt, &found) && is_name(&seal->room, who))
            return true;
    }
    return false;
}

/* What is no personal name, and says in an entry of theirs where they were. */
static bool is_beside(const char *field)
{
    return !strcmp(field, "address") || !strcmp(field, "hostname");
}

int seal_keep(struct seal *seal, enum class class, uint32_t day, const char *who, const char *text, size_t bytes,
    struct seal_kept *kept, struct problem *problem)
{
    uint8_t salt[EVENT_SALT_BYTES];
    struct seal_text found;
    struct seal_kept_value value;
    if (seal_text_find(text, bytes, &found) || find_salt(text, bytes, salt))
        return 0;
    const bool has_it = names(seal, class, salt, who, text, bytes);
    for (const char *at = text; !seal_text_find(at, (size_t)(text + bytes - at), &found); at = found.end) {
        const struct seal_place place = seal_place_of(class, found.day, found.number, salt, found.field);
        if (found.day != day || open_value(seal, class, salt, &found) ||
            (has_it && (is_name(&seal->room, who) || is_beside(found.field))) ||
            seal_keys_wrap(seal->keys, class, day, place.bytes, place.length, &value))
            continue;
        if (seal_kept_add(kept, &value, problem))
            return -1;
    }
    return has_it;
}

bool seal_days(const struct seal *seal, uint32_t *ret_first, uint32_t *ret_last)
{
    *ret_first = seal->first;
    *ret_last = seal->last;
    return seal->first <= seal->last;
}
