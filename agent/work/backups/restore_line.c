#include "agent/work/backups/restore_line.h"

#include <string.h>

static bool take(const char *line, struct restore_said *said)
{
    static const struct {
        const char *begin;
        enum restore_word word;
    } forms[] = { { "progress ", RESTORE_SAYS_PROGRESS }, { "done ", RESTORE_SAYS_DONE },
        { "failed ", RESTORE_SAYS_FAILED } };
    uint64_t *const places[] = { &said->files, &said->expected_files, &said->content_bytes, &said->expected_bytes,
        &said->same_files, &said->failed_files };
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        size_t length = strlen(forms[i].begin);
        if (strncmp(line, forms[i].begin, length))
            continue;
        said->word = forms[i].word;
        return said->word == RESTORE_SAYS_FAILED
                   ? said_failure(line + length, said->code, said->reason)
                   : said_numbers(line + length, places, sizeof(places) / sizeof(*places));
    }
    return false;
}

void restore_line(const char *line, struct restore_said *ret)
{
    struct restore_said said = { 0 };
    *ret = (struct restore_said){ 0 };
    if (take(line, &said))
        *ret = said;
}
