/*
 * An event's data in OCSF 1.1: what contract/ocsf.def says of its type, from the typed struct and back. Each field stands
 * in one place or, where OCSF has two names for one thing, in both; none but ours stands in `unmapped`.
 */
#ifndef VEDETTE_EVENT_DATA_H
#define VEDETTE_EVENT_DATA_H

#include "lib/bus/bus.h"

struct buf;

/* Append `"data":{…}`. A text in event->data is written as it is, of whatever length: whoever seals a field puts another
 * text into the struct. -1: no room. */
int event_data_write(struct buf *, const struct bus_event *, const char *id);

/* Read the fields out of a stored event's data, checked like those of any message. Texts are borrowed from json. Fields of
 * another version are passed by. ret: the type's struct, all 0. */
int event_data_read(int event, const json_t *data, void *ret, struct problem *);

/* The fields by their own names and as in events.def, for who tells an event further; of a type that this build does not
 * know, what is unmapped. A new object; NULL: no memory. */
json_t *event_data_fields(int event, const json_t *data);

#endif
