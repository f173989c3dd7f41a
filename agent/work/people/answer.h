/* Answers of people who were asked: a file ID.UID.* in a folder that everybody may write to, whose owner is who
 * answered. */
#ifndef VEDETTE_AGENT_WORK_ANSWER_H
#define VEDETTE_AGENT_WORK_ANSWER_H

#include <stdbool.h>
#include <sys/types.h>

struct options;
struct problem;

/* The folder, made if it is ours to make. The path is kept, not copied. */
int answer_open(const char *folder, struct problem *);
/* A first answer of somebody who may; a no counts before a yes. False: there is none, or more files than are looked at. */
bool answer_take(const char *document, bool *ret_allow, uid_t *ret_by);
/* Of a question that is asked anew. */
void answer_forget(const char *document);
/* Our own note of what somebody's button said. */
int answer_give(const char *document, bool allow, uid_t by, struct problem *);

/* `vedette-agent consent allow|deny ID`, ID as long as it takes to be the only one. */
int answer_command(const struct options *, char **argv);

#endif
