/* What the handlers of calls work on: the two halves of this process, which share nothing but alert.db. */
#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

struct outputs;
struct watch;

struct alert {
    struct watch *watch;
    struct outputs *outputs;
};

#endif
