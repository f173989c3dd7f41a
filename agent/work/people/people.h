/* The people who are logged in to this machine: telling them, and asking. A desktop notification to each graphical
 * session (its user's own D-Bus), and wall(1) to the terminals. */
#ifndef VEDETTE_AGENT_WORK_PEOPLE_H
#define VEDETTE_AGENT_WORK_PEOPLE_H

#include <stdbool.h>
#include <sys/types.h>

struct loop;
struct people;

/* answered: somebody pressed a button of what was asked. */
struct people *people_new(struct loop *, void (*answered)(void *arg, const char *id, bool allow, uid_t by), void *arg);
void people_free(struct people *);

/* id NULL: to be read; else to be answered, and `vedette-agent consent allow|deny ID` is offered as well. Does not
 * wait; at most 16 notifications are open at a time, the rest goes to the terminals alone. */
void people_tell(struct people *, const char *id, const char *title, const char *text);

/* Is it root, or somebody who has a session here? */
bool people_may_answer(uid_t);

#endif
