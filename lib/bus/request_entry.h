/* What the log is told of a request: that it was asked for, and that it was done. Arguments without secrets. */
#ifndef VEDETTE_BUS_REQUEST_ENTRY_H
#define VEDETTE_BUS_REQUEST_ENTRY_H

#include "lib/bus/request.h"

/* stored, with the request: once the log has it, or will not. -1: it is not even on its way, and stored is not called. */
int request_log(struct bus_request *, bus_stored *stored);
/* That it was asked for is in the log already; this says that it was done, and what was there before. When the outbox is
 * full, events.dropped counts. */
void request_tell_changed(const struct bus_request *);

#endif
