/*
 * The socket that the resident asks for work by, where the agent is installed (package/vedette-agent-work.socket). It
 * is confined and may neither read what is believed nor become anybody; a connection starts this program outside, as
 * root, with the connection as standard input and output. One line says what is wanted, the rest is the answer:
 *
 *     run                        what worker.h says
 *     script DOCUMENT WATCH      what look.h says of a line
 *
 * Whoever may connect (the agent's user) gains no more by it than that what was signed is done.
 */
#ifndef VEDETTE_AGENT_WORK_SOCKET_H
#define VEDETTE_AGENT_WORK_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

struct options;
struct problem;

#define SOCKET_REQUEST_BYTES 256
#define SOCKET_WORDS 3

/* The words of a request, a whole line without its end; they live in it. How many, or -1: it is none. Pure. */
int socket_request(char *line, const char *ret_words[SOCKET_WORDS]);

/* vedette-agent-work socket: do what standard input asks for. Exit status. */
int socket_serve(const struct options *, char **argv);

/* Must what this program is to do be asked of the socket? */
bool socket_is_between(const struct options *);
/* Ask it, and copy what it answers to standard output. */
int socket_ask(const char *request, struct problem *);

#endif
