/* What can be searched of an entry besides its text. Pure. */
#ifndef VEDETTE_AUDIT_GLANCE_H
#define VEDETTE_AUDIT_GLANCE_H

#include <stddef.h>
#include <stdint.h>

#define GLANCE_TEXT_BYTES 97 /* with NUL; lib/event/event.c bounds them so */

struct glance {
    int64_t time_ms;
    int sev;                      /* 1-4 */
    uint32_t agent;               /* of a subject "agent/17"; 0: another subject */
    char type[GLANCE_TEXT_BYTES]; /* "vedette.agent.online.v1" */
    char tenant[GLANCE_TEXT_BYTES], subject[GLANCE_TEXT_BYTES], actor[GLANCE_TEXT_BYTES]; /* "": none */
};

/* -1: no entry of ours. */
int glance_read(const char *text, size_t bytes, struct glance *ret);

#endif
