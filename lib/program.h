/*
 * The skeleton of every service: main() is a table handed to program_main().
 *
 *     settings → open (sockets: still root) → drop privileges → confine → start (files, databases) → loop → drain
 *
 * The working directory is the state directory, so that every path in the program is relative and short.
 */
#ifndef VEDETTE_PROGRAM_H
#define VEDETTE_PROGRAM_H

#include <stdbool.h>

#include "contract.h"
#include "lib/standing.h"
#include "lib/problem.h"

struct loop;
struct bus;
struct bus_handler;

struct program {
    const char *name;                       /* "ingest" */
    enum service service;
    unsigned peer;                          /* enum peer */
    const struct bus_handler *handlers;     /* made from calls.def: ingest_handlers */

    /* Open what needs privileges: listening sockets, buffers, huge memory, certificates. No file or database is made here:
     * it would be root's. 0 or -1 + problem. */
    int (*open)(struct program *, struct problem *);
    /* Begin to work, as the service's user and confined to its own folder: open databases, register watches and timers.
     * bus is open. 0 or -1 + problem. */
    int (*start)(struct program *, struct problem *);
    /* SIGTERM came: stop taking work, finish what was begun. Call program_drained() when done, within 5 s. */
    void (*drain)(struct program *);
    /* The loop has ended: release what must not be left open (databases). NULL is allowed. */
    void (*close)(struct program *);
    /* SIGHUP: read certificates and the like again. NULL is allowed. */
    void (*reload)(struct program *);
    /* Can it do its work now? Fill reason (≤ 200 bytes) if not. NULL: yes as long as it answers. */
    bool (*healthy)(struct program *, char reason[201]);

    bool needs_network;                     /* may connect IP sockets of its own after confinement */
    const char *writable[2];                /* directories outside its folder to write when confined, set by open(); NULL ends */
    const char *readable[2];                /* files and folders outside its own to be read when confined, set by open(); NULL ends */

    /* Set by program_main before open: */
    struct settings settings;
    struct loop *loop;
    struct bus *bus;                        /* from start() on */
    struct standing standing;                    /* from start() on: note keys there */
};

/* Options: --state DIR (default ./var), --config FILE (default DIR/vedette.conf), --set section.key=value, --version. */
int program_main(struct program *, int argc, char **argv);

void program_drained(struct program *);

#endif
