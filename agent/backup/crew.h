/*
 * The crew: threads that pack and ship while the main thread walks and reads. Each has a compressor of its own and its
 * own way to the target, since of one target one thread at a time may ask. Jobs are done in any order; whoever gave one
 * waits for it.
 */
#ifndef VEDETTE_AGENT_BACKUP_CREW_H
#define VEDETTE_AGENT_BACKUP_CREW_H

#include <stdbool.h>

#include "lib/problem.h"
#include "lib/repository/frame.h"
#include "lib/target/target.h"

#define CREW_HANDS 2 /* more than two cores are the machine's own */

struct crew;

struct hand {
    struct packer *packer;
    struct target *target;
    uint8_t *room; /* for what is gathered */
    size_t room_bytes;
    uint8_t *spare; /* room for a segment's plaintext, where a target may leave it broken (SFTP); else NULL */
};

/* Room for so many bytes, until it is asked again. NULL + problem. */
uint8_t *hand_room(struct hand *, size_t bytes, struct problem *);

/* Embedded in what is to be done; the crew's from crew_give to crew_wait. */
struct job {
    int (*work)(struct job *, struct hand *, struct problem *);
    struct job *next;
    bool given, done;
    int error;
    struct problem problem; /* if error */
};

/* NULL + problem. The conf is borrowed. */
struct crew *crew_make(const struct target_conf *, const struct target_manner *, struct problem *);
/* Jobs that are given are done first. */
void crew_free(struct crew *);

void crew_give(struct crew *, struct job *);
/* -1 + problem: as the job ended. */
int crew_wait(struct crew *, struct job *, struct problem *);

#endif
