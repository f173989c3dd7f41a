/* The tables of backup.db, as db_open wants them. */
#ifndef BACKUP_SCHEMA_H
#define BACKUP_SCHEMA_H

extern const char backup_schema[];

#endif
