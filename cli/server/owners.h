/* To whom the restored files belong: users have other numbers on another machine. */
#ifndef VEDETTE_CLI_SERVER_OWNERS_H
#define VEDETTE_CLI_SERVER_OWNERS_H

struct problem;

/* The working directory is the state directory; its vedette.conf names the users. Who is not root owns all. -1 +
 * problem. */
int owners_give(struct problem *);

#endif
