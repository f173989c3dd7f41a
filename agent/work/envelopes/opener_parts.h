/* What goes from the process that reads envelopes to work: how it is made there, and how it is checked here. */
#ifndef VEDETTE_AGENT_WORK_OPENER_PARTS_H
#define VEDETTE_AGENT_WORK_OPENER_PARTS_H

#include "agent/work/envelopes/opener.h"
#include "lib/signed/dsse.h"

struct buf;

#define PART_BYTES_MAX (2 << 20) /* of an envelope of ENVELOPE_BYTES_MAX */
#define PART_CODE_BYTES 32

/* In front of each answer; the memory of one program, so as it stands there. */
struct part_head {
    uint8_t opened; /* else code and reason say why not */
    uint8_t wrong;  /* the document in it: code and reason say what */
    char code[PART_CODE_BYTES], reason[256];
    char from[FINGERPRINT_HEX_BYTES];
    uint32_t purpose;
    uint64_t incarnation, counter;
    char document[DOCUMENT_ID_HEX_BYTES]; /* what the document in it says of itself; "": nothing that could be read */
    uint32_t version;
    uint32_t dsse_bytes,
        message_bytes; /* behind it: a document's parts, the message with "{}" in the place of the document */
};

/* A document that is not verified: kind, payload, signatures. */
int parts_of_dsse(const struct dsse *, struct buf *);
int parts_to_dsse(const void *data, size_t bytes, struct dsse *ret, struct problem *);

/* An answer to one envelope. */
int parts_of_envelope(const struct envelope_reader *, const void *data, size_t bytes, struct buf *);
/* Of the head and all behind it. *problem: what the head says, or "bad-envelope". */
int parts_to_opened(const struct part_head *, const char *behind, struct opened *ret, struct problem *);

#endif
