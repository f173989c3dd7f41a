/* The tables of alert.db, as db_open wants them. */
#ifndef ALERT_SCHEMA_H
#define ALERT_SCHEMA_H

extern const char alert_schema[];

#endif
