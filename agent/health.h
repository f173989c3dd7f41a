/*
 * What the resident says of itself while an update is under way, for the one that watches over it (agent/update/). In
 * the state directory:
 *
 *     updating     there as long as the update is under way: beats say so, and `health` is written
 *     health       which version runs, as which process, and whether the server was reached
 */
#ifndef VEDETTE_AGENT_HEALTH_H
#define VEDETTE_AGENT_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/version.h"

struct problem;

#define UPDATING_FILE "updating"
#define HEALTH_FILE "health"
#define HEALTH_LIMIT_BYTES 512

struct health {
    char version[VERSION_BYTES];
    pid_t pid;
    bool reached; /* the server took mail from it */
};

/* It runs, and beats where it knows whither. Nothing, unless an update is under way. */
void health_say(bool reached);
int health_parse(const char *text, size_t bytes, struct health *ret, struct problem *);

#endif
