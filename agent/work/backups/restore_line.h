/*
 * What vedette-agent-restore says while it runs (agent/restore/main.c), a line each:
 *
 *     progress FILES OF BYTES OF SAME FAILED     so far
 *     done FILES OF BYTES OF SAME FAILED
 *     failed CODE SENTENCE                       it could not go on
 */
#ifndef VEDETTE_AGENT_WORK_RESTORE_LINE_H
#define VEDETTE_AGENT_WORK_RESTORE_LINE_H

#include "agent/work/backups/said_line.h"

enum restore_word { RESTORE_SAYS_NOTHING, RESTORE_SAYS_PROGRESS, RESTORE_SAYS_DONE, RESTORE_SAYS_FAILED };

struct restore_said {
    enum restore_word word;
    uint64_t files, expected_files, content_bytes, expected_bytes, same_files, failed_files;
    char code[SAID_CODE_BYTES], reason[SAID_REASON_BYTES];
};

/* A line without its end. What is none of these says nothing. Pure. */
void restore_line(const char *line, struct restore_said *ret);

#endif
