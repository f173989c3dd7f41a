/* An event for people: one line. */
#ifndef VEDETTE_CLI_EVENT_H
#define VEDETTE_CLI_EVENT_H

struct bus_event;

void event_print(const struct bus_event *);

#endif
