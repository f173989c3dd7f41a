/*
 * A produced event, read as event_produce writes it: names in their order, texts of plain ASCII. Parsing JSON of any
 * form takes ten times as long (5 µs), and was half of what audit's loop did; what is written in another form is parsed
 * (event_read_produced), and comes to the same.
 */
#ifndef VEDETTE_EVENT_PLAIN_H
#define VEDETTE_EVENT_PLAIN_H

#include "lib/event/event.h"

/* -1: not so plain, or not good; *ret is untouched. */
int event_read_plain(const char *text, size_t bytes, struct event_read *ret);

#endif
