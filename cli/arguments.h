/*
 * The command line: global options from anywhere, then a subcommand's words, then its own arguments by its row.
 * Pure: texts in, a typed result or a problem out. All texts are borrowed from argv.
 */
#ifndef VEDETTE_CLI_ARGUMENTS_H
#define VEDETTE_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command;
struct problem;

#define ARGUMENTS_MAX 26 /* of one subcommand */
#define VALUES_MAX 32    /* of one repeated argument */
#define STATE_DEFAULT "./var"              /* of deploy/local; */
#define STATE_INSTALLED "/var/lib/vedette" /* where that is not there: of a server that systemd runs */

enum argument_as {
    AS_TEXT,        /* goes into the field as it stands */
    AS_FLAG,        /* an option without value: true when given */
    AS_TYPE,        /* a type of event, as on the wire or without its `vedette.` and `.v1` */
    AS_DURATION,    /* 90, 90s, 15m, 1h, 7d: seconds */
    AS_UNTIL,       /* RFC 3339, or a duration from now */
    AS_FINGERPRINT, /* of a key: 64 hexadecimal digits */
    AS_FILE64,      /* a file, whose content goes into the field in base64 */
    AS_OUT,         /* a file (0600) that takes the reply's secret, so that it is not printed */
};

/* How one argument of a subcommand is written and where it goes. */
struct argument {
    const char *name;  /* "--site"; without dashes it stands by its place: "ID" */
    const char *value; /* what the help calls an option's value */
    const char *field; /* of the call's request; NULL: the subcommand's own affair */
    enum argument_as as;
    bool required, repeated;
    const char *initial; /* when it is not given; NULL: the field is left out */
};

struct globals {
    const char *state, *url, *token_file, *ca, *home;
    bool json, help, version;
};

struct given {
    size_t n[ARGUMENTS_MAX];
    const char *values[ARGUMENTS_MAX][VALUES_MAX];
};

/* Take the global options out of argv, wherever they stand before `--`; argv[0] is the first word left. */
int arguments_globals(int *argc, char **argv, struct globals *ret, struct problem *);
/* The arguments behind a subcommand's words, by its row. */
int arguments_parse(const struct command *, int argc, char **argv, struct given *ret, struct problem *);
/* First value of an argument by its name, or NULL. */
const char *given_value(const struct command *, const struct given *, const char *name);
/* Index of an argument of the command; it must have one of that name. */
size_t argument_index(const struct command *, const char *name);

int duration_parse(const char *text, int64_t *ret_s);
int until_parse(const char *text, int64_t now_ms, int64_t *ret_ms);

#endif
