/* The tables of scheduler.db, as db_open wants them. */
#ifndef SCHEDULER_SCHEMA_H
#define SCHEDULER_SCHEMA_H

extern const char scheduler_schema[];

#endif
