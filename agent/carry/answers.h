/* What the server answers, from bytes to structs: parsed wholly, or a problem and nothing touched. */
#ifndef VEDETTE_AGENT_CARRY_ANSWERS_H
#define VEDETTE_AGENT_CARRY_ANSWERS_H

#include <jansson.h>

struct answer;
struct identity;
struct outcome;
struct problem;

/* Whose status is not 200: a problem in the server's own words ({code, reason}). Returns -1. */
int answer_refused(const struct answer *, struct problem *);
/* The JSON of one whose status must be 200; the caller's. NULL + problem. */
json_t *answer_body(const struct answer *, struct problem *);
/* The answer to enrolment; server in *ret stays as it is. */
int enrol_answer(const struct answer *, struct identity *ret, struct problem *);
int mail_answer(const struct answer *, struct outcome *ret, struct problem *);

#endif
