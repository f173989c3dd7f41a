/*
 * What filters look at of an entry of the log, read without parsing its data: a replay of a narrow filter passes by
 * thousands of entries. The attributes of an event stand before its data (lib/event/event.c).
 */
#ifndef VEDETTE_EVENT_HEAD_H
#define VEDETTE_EVENT_HEAD_H

#include <stddef.h>
#include <stdint.h>

struct event_head {
    int event; /* enum event; -1: a type that this build does not know */
    int sev;
    char tenant[33]; /* "": none */
};

/* -1: type and severity do not stand before the data, or not as plainly as audit writes them: parse it all. */
int event_head_read(const char *text, size_t bytes, struct event_head *ret);

/* When audit took it, by audit's own clock, on which retention depends; of entries from before it was written down, when
 * it happened. -1: none of ours. */
int event_recorded(const char *text, size_t bytes, int64_t *ret_wall_ms);

#endif
