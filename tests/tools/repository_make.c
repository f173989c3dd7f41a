/*
 * repository_make FOLDER: backups as standard input has them, a line each, in a target that is a folder. Prints the
 * fingerprint of the key that signs them.
 *
 *     AGENT BACKUP CLASS SLOT KEPT_UNTIL ZONE|- BASE|- STORED_S FILES CHANGED_FILES [WORD:BYTES]…
 *
 * A segment is known by its word, so that backups share it.
 */
#include "lib/calendar/civil.h"
#include "lib/message/message.h"
#include "tests/prune/maker.h"

#define SEGMENTS_MAX 65536

static struct commit_segment segments[SEGMENTS_MAX];

static const char *next(char **line)
{
    const char *word = strsep(line, " \n");
    if (!word)
        abort();
    return word;
}

static void take_segments(const struct maker *maker, char *line, struct commit *commit, int64_t stored_s)
{
    commit->segments = segments;
    for (char *word; (word = strsep(&line, " \n"));) {
        char *colon = strchr(word, ':');
        if (!colon)
            continue;
        *colon = '\0';
        uint32_t bytes = (uint32_t)strtoul(colon + 1, NULL, 10);
        maker_segment(maker, commit->agent, word, bytes, stored_s, &segments[commit->n_segments++]);
        commit->content_bytes += bytes;
    }
}

static void take_line(const struct maker *maker, char *line)
{
    struct commit commit = { .agent = (uint32_t)strtoul(next(&line), NULL, 10) };
    snprintf(commit.backup, sizeof(commit.backup), "%s", next(&line));
    commit.class = (enum backup_class)word_index(backup_class_words, next(&line));
    if (civil_parse(next(&line), &commit.slot) || civil_parse(next(&line), &commit.kept_until))
        abort();
    const char *zone = next(&line), *base = next(&line);
    snprintf(commit.zone, sizeof(commit.zone), "%s", *zone == '-' ? "" : zone);
    snprintf(commit.base, sizeof(commit.base), "%s", *base == '-' ? "" : base);
    int64_t stored_s = strtoll(next(&line), NULL, 10);
    commit.files = strtoull(next(&line), NULL, 10);
    commit.changed_files = strtoull(next(&line), NULL, 10);
    maker_agent(maker, commit.agent);
    take_segments(maker, line, &commit, stored_s);
    maker_commit(maker, &commit, stored_s);
}

int main(int argc, char **argv)
{
    struct maker maker;
    char *line = NULL;
    size_t room = 0;
    if (argc != 2)
        return 2;
    maker_open(&maker, argv[1]);
    while (getline(&line, &room, stdin) > 0)
        take_line(&maker, line);
    printf("%s\n", envelope_key_fingerprint(maker.key));
    free(line);
    maker_close(&maker);
    return 0;
}
