#include "agent/work/backups/backup_line.h"

#include <string.h>

#define PACE_WEIGHT 0.3 /* of the newest rate: what is told does not jump with every large file */
#define LEFT_S_MAX INT64_C(31536000)

static bool take(const char *line, struct backup_said *said)
{
    static const struct {
        const char *begin;
        enum backup_word word;
        size_t n;
    } forms[] = { { "expect ", BACKUP_SAYS_EXPECT, 2 }, { "progress ", BACKUP_SAYS_PROGRESS, 3 },
        { "done ", BACKUP_SAYS_DONE, 3 }, { "failed ", BACKUP_SAYS_FAILED, 0 } };
    uint64_t *const places[] = { &said->files, &said->content_bytes, &said->new_bytes };
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        size_t length = strlen(forms[i].begin);
        if (strncmp(line, forms[i].begin, length))
            continue;
        said->word = forms[i].word;
        return forms[i].n ? said_numbers(line + length, places, forms[i].n)
                          : said_failure(line + length, said->code, said->reason);
    }
    return false;
}

void backup_line(const char *line, struct backup_said *ret)
{
    struct backup_said said = { 0 };
    *ret = (struct backup_said){ 0 };
    if (take(line, &said))
        *ret = said;
}

void backup_pace_add(struct backup_pace *pace, uint64_t bytes, int64_t now_ms)
{
    int64_t passed_ms = now_ms - pace->since_ms;
    if (pace->since_ms && passed_ms <= 0)
        return;
    if (pace->since_ms) {
        double rate = (double)(bytes > pace->bytes ? bytes - pace->bytes : 0) * 1000 / (double)passed_ms;
        pace->bytes_s = pace->bytes_s > 0 ? pace->bytes_s + PACE_WEIGHT * (rate - pace->bytes_s) : rate;
    }
    pace->since_ms = now_ms;
    pace->bytes = bytes;
}

int64_t backup_pace_left_s(const struct backup_pace *pace, uint64_t expected_bytes)
{
    if (pace->bytes_s < 1 || expected_bytes <= pace->bytes)
        return -1;
    double left_s = (double)(expected_bytes - pace->bytes) / pace->bytes_s;
    return left_s < (double)LEFT_S_MAX ? (int64_t)left_s : LEFT_S_MAX;
}

int64_t backup_tell_after_ms(int64_t ran_ms)
{
    return ran_ms < 60000 ? 5000 : ran_ms < 600000 ? 15000 : 60000;
}
