/*
 * The process that reads what came from outside: it opens envelopes (CMS), their bodies and what documents are wrapped
 * in (JSON), and hands over their parts, one after another (lib/message/flat.h), or why not. It has the agent's key for
 * sealed messages, and nothing else: no rights, no files, no network, no program (lib/sandbox/sandbox.h). Work, which has
 * root's, believes nothing of it that could do harm: signatures are verified behind it, over the parts that it handed
 * over.
 *
 * Whoever takes it over by an envelope can read the envelopes of this run, and make up stops and unsigned documents.
 */
#ifndef VEDETTE_AGENT_WORK_OPENER_H
#define VEDETTE_AGENT_WORK_OPENER_H

#include "lib/envelope/envelope.h"
#include "lib/problem.h"

#define DOCUMENT_ID_HEX_BYTES 33

struct opener;

/* What it makes of an envelope. */
struct opened {
    char from[FINGERPRINT_HEX_BYTES]; /* whose signature it bears */
    enum envelope purpose;
    struct stream_place place;
    void *message; /* struct envelope_document and so on; NULL if is_wrong: */
    bool is_wrong; /* the document in it has not the form of one, */
    struct problem why;
    char document[DOCUMENT_ID_HEX_BYTES]; /* what a document says of itself, unverified: to tell of it; "": nothing */
    uint32_t version;
    char *memory, *dsse; /* what the message's texts point into */
};

/* reader: as for envelope_open, with all the keys; kept and used in the process, which is begun with the first envelope
 * and ended by opener_free or with us. Keys that change want a new one. NULL: no memory. */
struct opener *opener_new(const struct envelope_reader *);
void opener_free(struct opener *);

/* As envelope_open. "bad-envelope", too, if the process does not come to an end with it; then the next one is begun. */
int opener_open(struct opener *, const void *data, size_t bytes, struct opened *ret, struct problem *);
void opened_free(struct opened *);

#endif
