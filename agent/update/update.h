/*
 * An update from one version of the agent to another, from when the new one lies ready until what became of it is told.
 * One small file in work's folder says how far it is; it and the link `current` (agent/programs.h) are all that a kill
 * or a power cut can leave behind, and from any of it the guard goes on to one of the two ends:
 *
 *     staged ──▶ switched ──▶ healthy        and the floor of versions rises
 *                    └──────▶ rolled-back    to the version before
 *
 * What to do next, and whether the new version is well, is pure.
 */
#ifndef VEDETTE_UPDATE_UPDATE_H
#define VEDETTE_UPDATE_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/version.h"

struct problem;

#define UPDATE_FILE "update"
#define FLOOR_FILE "version" /* highest version that was ever well here: none below is installed again */
#define UPDATE_CODE_BYTES 65
#define UPDATE_REASON_BYTES 201
#define UPDATE_TRIALS_MAX 3 /* trials of a new version: the machine went down within so many, and it may be why */

#define UPDATE_STEADY_MS 3000 /* a program that ends of itself mostly does so by then */
#define UPDATE_READY_MS 60000 /* to begin, beat, and pass its self-test on a busy machine */
#define UPDATE_REACH_MS 90000 /* to reach the server; mail that failed is repeated after 15 and 30 s */

enum update_step { UPDATE_STAGED, UPDATE_SWITCHED, UPDATE_HEALTHY, UPDATE_ROLLED_BACK, UPDATE_STEPS };
extern const char *const update_step_words[];

struct update {
    char document[33];
    uint32_t document_version;
    char from[VERSION_BYTES], to[VERSION_BYTES];
    enum update_step step;
    unsigned trials;                                           /* begun */
    char code[UPDATE_CODE_BYTES], reason[UPDATE_REASON_BYTES]; /* rolled-back: why; else "" */
};

/* Pure. */

/* What the guard finds besides. */
struct update_found {
    bool links_to;    /* `current` leads to the new version */
    bool floor_is_up; /* the floor is that version, or higher */
    bool marked;      /* beats say that an update is under way */
};

enum update_act {
    UPDATE_SWITCH,      /* let `current` lead to the new version */
    UPDATE_NOTE_SWITCH, /* write down that it does */
    UPDATE_TRY,         /* try it, and write down what came of it */
    UPDATE_RAISE_FLOOR,
    UPDATE_SWITCH_BACK, /* let `current` lead to the version before */
    UPDATE_UNMARK,      /* end what is tried, or have the version before run again; then nothing is under way */
    UPDATE_END,
};

/* Each is harmless when it is done twice. */
enum update_act update_next(const struct update *, const struct update_found *);

/* What is seen of a new version that is tried. */
struct update_seen {
    int64_t since_ms; /* since it was started */
    bool ended;       /* it is not there any more, or began anew */
    bool beats;
    bool reached; /* the server took mail from it */
    enum { SELF_TEST_RUNS, SELF_TEST_PASSED, SELF_TEST_FAILED } self_test;
    enum { PREDECESSOR_NOT_ASKED, PREDECESSOR_REACHES, PREDECESSOR_DOES_NOT } predecessor; /* the server, just now */
};

enum update_verdict {
    UPDATE_WAIT,
    UPDATE_ASK_PREDECESSOR, /* the new one did not reach the server: does the one before? */
    UPDATE_IS_WELL,
    UPDATE_IS_ILL, /* + problem "update-crashed", "update-self-test", "update-late", "update-unreachable" */
};
enum update_verdict update_judge(const struct update_seen *, struct problem *);

/* On disk, in work's folder. */

int update_parse(const char *text, size_t bytes, struct update *ret, struct problem *);
/* 0; 1: none is under way, and nothing was set; -1: it cannot be read how far one is. */
int update_load(struct update *ret, struct problem *);
int update_save(const struct update *, struct problem *);
void update_forget(void);

/* The version below which, and at which, none is taken: the highest that was well here, and at least own. */
int update_floor(const char *own, uint64_t *ret, struct problem *);
/* What cannot be read is no floor that may be gone over. */
int update_raise_floor(const char *version, struct problem *);
/* Whether the floor is this version, or higher. */
bool update_floor_is_up(const char *version);

#endif
