/* HTTPS for agents: enrolment, mail, envelopes, files, and what a machine fetches before it is an agent. */
#ifndef INGEST_HTTPS_H
#define INGEST_HTTPS_H

#include <jansson.h>

struct http_request;
struct ingest;
struct problem;
struct shape;

/* Every request: the loop hands it over. */
void https_take(void *ingest, struct http_request *);

/* For those who answer one: the request as a struct whose first field is its agent, and proved to be that agent's;
 * *ret_json holds its texts. */
int https_read(struct ingest *, struct http_request *, const struct shape *, void *ret, json_t **ret_json,
    struct problem *);
void https_answer(struct http_request *, const struct shape *, const void *reply);
void https_refuse(struct http_request *, const struct problem *);

#endif
