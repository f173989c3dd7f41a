/* The enrolment token: from a file or standard input, so that nobody sees it in ps. */
#ifndef VEDETTE_AGENT_CARRY_TOKEN_H
#define VEDETTE_AGENT_CARRY_TOKEN_H

struct options;
struct problem;

#define TOKEN_LEAST_BYTES 20 /* fields.def */
#define TOKEN_TEXT_BYTES 129 /* at most 128, and NUL */

int token_read(const struct options *, char ret[TOKEN_TEXT_BYTES], struct problem *);

#endif
