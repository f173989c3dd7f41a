#include <string.h>

#include "lib/buf.h"
#include "lib/envelope/private.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define HEAD_BYTES_MAX 512 /* all fields at their longest: 330 */

/* As it stands in JSON. */
struct wire {
    const char *deployment, *from, *to, *purpose;
    uint64_t incarnation, counter;
};

static const struct field fields[] = {
    { "deployment", FIELD_TEXT, 32, 32, NULL, offsetof(struct wire, deployment), FIELD_NOT_OPTIONAL },
    { "from", FIELD_TEXT, 64, 64, NULL, offsetof(struct wire, from), FIELD_NOT_OPTIONAL },
    { "to", FIELD_TEXT, 64, 64, NULL, offsetof(struct wire, to), FIELD_NOT_OPTIONAL },
    { "purpose", FIELD_TEXT, 1, 32, NULL, offsetof(struct wire, purpose), FIELD_NOT_OPTIONAL },
    { "incarnation", FIELD_U64, 1, INT64_MAX, NULL, offsetof(struct wire, incarnation), FIELD_NOT_OPTIONAL },
    { "counter", FIELD_U64, 1, INT64_MAX, NULL, offsetof(struct wire, counter), FIELD_NOT_OPTIONAL },
};
static const struct shape shape = { "envelope", sizeof(struct wire), fields, sizeof(fields) / sizeof(*fields), NULL, 0,
    0 };

int envelope_head_write(const struct envelope_head *head, struct buf *out)
{
    const struct wire wire = { head->deployment, head->from, head->to, envelope_rows[head->purpose].purpose,
        head->place.incarnation, head->place.counter };
    return message_encode(&shape, &wire, out) || buf_append(out, "\n", 1) ? -1 : 0;
}

static int purpose_of(const char *word, enum envelope *ret)
{
    for (int i = 0; i < ENVELOPE_COUNT; i++) {
        if (!strcmp(envelope_rows[i].purpose, word)) {
            *ret = (enum envelope)i;
            return 0;
        }
    }
    return -1;
}

static int take(const struct wire *wire, struct envelope_head *ret, struct problem *problem)
{
    struct envelope_head head = { .place = { wire->incarnation, wire->counter } };
    /* A purpose that this build does not know is one of a later one. */
    if (purpose_of(wire->purpose, &head.purpose))
        return problem_set(problem, "wrong-purpose", "purpose", "there is no purpose %s", wire->purpose);
    memcpy(head.deployment, wire->deployment, sizeof(head.deployment));
    memcpy(head.from, wire->from, sizeof(head.from));
    memcpy(head.to, wire->to, sizeof(head.to));
    *ret = head;
    return 0;
}

int envelope_head_read(
    const char *content, size_t bytes, struct envelope_head *ret, size_t *ret_bytes, struct problem *problem)
{
    struct wire wire;
    const char *end = memchr(content, '\n', bytes < HEAD_BYTES_MAX ? bytes : HEAD_BYTES_MAX);
    if (!end)
        return problem_set(problem, "bad-envelope", "", "its content does not begin with a line that says whose it is");
    json_t *json = message_parse(content, (size_t)(end - content), problem);
    int error = !json || message_decode(&shape, json, &wire, problem);
    if (error)
        problem_set(problem, "bad-envelope", "", "its content does not begin with a line that says whose it is");
    else
        error = take(&wire, ret, problem);
    json_decref(json);
    if (error)
        return -1;
    *ret_bytes = (size_t)(end - content) + 1;
    return 0;
}
