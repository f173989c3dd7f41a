/*
 * What vedette-agent-backup says while it runs (agent/backup/report.h), a line each:
 *
 *     expect FILES BYTES             what the backup before had
 *     progress FILES BYTES NEW       so far; NEW: bytes of content that were stored anew
 *     done FILES BYTES NEW           the commit is in the target, and in the file that was asked for
 *     failed CODE SENTENCE           there is no backup
 *
 * and how fast it gets on, by these. Pure.
 */
#ifndef VEDETTE_AGENT_WORK_BACKUP_LINE_H
#define VEDETTE_AGENT_WORK_BACKUP_LINE_H

#include "agent/work/backups/said_line.h"

enum backup_word {
    BACKUP_SAYS_NOTHING,
    BACKUP_SAYS_EXPECT,
    BACKUP_SAYS_PROGRESS,
    BACKUP_SAYS_DONE,
    BACKUP_SAYS_FAILED
};

struct backup_said {
    enum backup_word word;
    uint64_t files, content_bytes, new_bytes;
    char code[SAID_CODE_BYTES], reason[SAID_REASON_BYTES];
};

/* A line without its end. What is none of these says nothing. */
void backup_line(const char *line, struct backup_said *ret);

struct backup_pace {
    int64_t since_ms; /* 0: nothing is known yet */
    uint64_t bytes;
    double bytes_s;
};
/* So many bytes were dealt with by that time, on the monotonic clock. */
void backup_pace_add(struct backup_pace *, uint64_t bytes, int64_t now_ms);
/* Seconds until so many are; -1: nobody can say. */
int64_t backup_pace_left_s(const struct backup_pace *, uint64_t expected_bytes);

/* After so long a run, the server is told again after this time: often while people look, and less as it goes on. */
int64_t backup_tell_after_ms(int64_t ran_ms);

#endif
