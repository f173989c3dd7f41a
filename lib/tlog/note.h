/*
 * Signed notes (c2sp.org/signed-note): text, an empty line, signature lines `— name base64(key id ‖ signature)`. Whose
 * signature counts is for the reader of a note to say: lines of unknown keys are ignored.
 */
#ifndef VEDETTE_TLOG_NOTE_H
#define VEDETTE_TLOG_NOTE_H

#include "lib/tlog/key.h"

struct buf;
struct problem;

#define TLOG_NOTE_BYTES (128 << 10) /* 16 post-quantum signatures of nearly 5 kB, which C2SP wants accepted */
#define TLOG_TEXT_BYTES 4096        /* a checkpoint's has 200, the rest is for a stranger's extension lines */
#define TLOG_SIGNATURES 64          /* lines a note; C2SP wants 16 at least */
#define TLOG_SIGNATURE_BYTES 5120   /* of a stranger's signature */
#define TLOG_COSIGNATURE_BYTES (8 + ED25519_SIGNATURE_BYTES)

/* A signature line of a note; pointers go into the note. */
struct tlog_signature {
    const char *line;
    size_t line_bytes; /* with its line end */
    const char *name;
    size_t name_bytes;
    uint32_t id;
    size_t bytes; /* of the signature; what follows holds it if it is no longer */
    uint8_t signature[TLOG_COSIGNATURE_BYTES];
};

struct tlog_note {
    const char *text; /* with the line end of its last line: what is signed */
    size_t text_bytes;
    size_t count;
    struct tlog_signature signatures[TLOG_SIGNATURES];
};

/* Form only, nothing is verified. Points into data. */
int tlog_note_parse(const char *data, size_t bytes, struct tlog_note *ret, struct problem *);

/* By name and id; whether it holds is another question. */
bool tlog_signature_is_by(const struct tlog_signature *, const struct tlog_vkey *);
/* *ret_time_s (NULL allowed) is the time of a cosignature, 0 of an Ed25519 signature. */
bool tlog_signature_holds(
    const struct tlog_note *, const struct tlog_signature *, const struct tlog_vkey *, int64_t *ret_time_s);

/* Of a key: it signed, has no line, has one that does not hold. C2SP lets nobody believe a note with a forged line. */
enum tlog_verdict { TLOG_SIGNED, TLOG_UNSIGNED, TLOG_FORGED };
/* Looks at all the key's lines; *ret_time_s (NULL allowed) is then the latest time. */
enum tlog_verdict tlog_note_verify(const struct tlog_note *, const struct tlog_vkey *, int64_t *ret_time_s);

/* Append the signature line of a text, which ends with a line end and has at most TLOG_TEXT_BYTES. time_s is said by a
 * TLOG_COSIGNATURE key only. */
int tlog_note_sign(struct buf *, const char *text, size_t text_bytes, const struct tlog_signer *, int64_t time_s);

#endif
