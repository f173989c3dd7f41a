/* document.submit, draft, sign, list and get. */
#ifndef SCHEDULER_DOCUMENT_CALLS_H
#define SCHEDULER_DOCUMENT_CALLS_H

#include <stdint.h>

struct bus_request;
struct scheduler;

/* Answer a document.submit or document.sign by what is stored of the document now. */
void document_answer(struct scheduler *, struct bus_request *, int64_t number);

#endif
