/*
 * When a plan's backups are due on a machine. Pure: plan, zone, what was dealt with and the time go in.
 *
 * A turn is a time of the plan's calendars, and stands for the date that the wall of its zone shows then: the slot.
 * Each machine is ordered to begin a little later, always by the same (jitter), and counts as missed if it has not
 * begun when the window behind that is over. Turns that passed while nobody looked are not made up for: of several the
 * newest counts, as long as its window is open.
 */
#ifndef BACKUP_TIMETABLE_H
#define BACKUP_TIMETABLE_H

#include "contract.h"
#include "lib/calendar/calendar.h"

struct zone;

#define TIMETABLE_TIMES PLAN_CLASS_COUNT
#define TIMETABLE_WINDOW_S (6 * 3600) /* of a plan that says none */
#define TIMETABLE_JITTER_S 600
#define TIMETABLE_BACK_MS (INT64_C(8) * 86400000) /* so far back turns are counted that passed */

struct timetable {
    const struct zone *zone; /* the caller's */
    size_t n;
    struct timetable_time {
        enum plan_class class;
        bool anchor;
        struct calendar calendar;
    } times[TIMETABLE_TIMES];
    int64_t window_ms;
    uint32_t jitter_ms;
};

/* -1 + problem: a calendar is none, which lib/signed has refused before. */
int timetable_of(const struct document_backup_plan *, const struct zone *, struct timetable *ret, struct problem *);

/* How much later than others this machine begins. */
int64_t timetable_late_ms(const struct timetable *, const char *document, uint32_t agent);

struct turn {
    int64_t due_ms;      /* by the calendar */
    int64_t order_ms;    /* when this machine's is ordered */
    int64_t begin_by_ms; /* then it is missed */
    int64_t slot;        /* days since 1970 */
    unsigned classes;    /* bit 1 << enum plan_class: several may be due at one time */
    bool anchor;
};

/* The first that is due after a time. false: there is none any more. */
bool timetable_next(const struct timetable *, int64_t late_ms, int64_t after_ms, struct turn *ret);

enum due {
    DUE_NOTHING,
    DUE_ORDER,
    DUE_MISSED, /* its window is over */
};
/* What is to be done now, if turns up to dealt_ms were dealt with. *ret: the turn, *ret_passed: how many before it
 * passed, too. */
enum due timetable_due(const struct timetable *, int64_t late_ms, int64_t dealt_ms, int64_t now_ms, struct turn *ret,
    unsigned *ret_passed);

/* Of which class a turn's backup is: the first full of an ISO week is the weekly one, if the plan has any; a
 * differential without a full that it could rest on is one. week_has: the week has its weekly one. -1: of none, for a
 * weekly one was due, and is there. */
int timetable_class(const struct timetable *, const struct turn *, bool week_has, bool has_base);

#endif
