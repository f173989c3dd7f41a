#include "cli/conf.h"

#include <inttypes.h>
#include <string.h>

#include "contract.h"
#include "lib/buf.h"

static int add_limits(const struct setting_row *row, struct buf *ret)
{
    switch (row->type) {
    case SETTING_INT:
        return buf_format(ret, " (%" PRId64 " to %" PRId64 ")", row->min, row->max);
    case SETTING_FLAG:
        return buf_text(ret, " (on or off)");
    case SETTING_WORD:
        for (int i = 0; row->words[i]; i++) {
            if (buf_format(ret, "%s%s", i ? ", " : " (", row->words[i]))
                return -1;
        }
        return buf_text(ret, ")");
    case SETTING_TEXT:
    case SETTING_ADDRESS:
    case SETTING_ENDPOINT:
        return 0;
    }
    return -1;
}

int conf_template(struct buf *ret)
{
    if (buf_text(ret, "# Vedette's settings, section.key = value. What is commented out is the default.\n"
                      "# A service reads them when it starts; `--set section.key=value` overrides them there.\n"))
        return -1;
    const char *section = "";
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting_row *row = &setting_rows[i];
        const char *gap = strcmp(section, row->section) ? "\n" : "";
        section = row->section;
        if (buf_format(ret, "%s# %s", gap, row->meaning) || add_limits(row, ret) ||
            buf_format(ret, "\n#%s.%s =%s%s\n", row->section, row->key, *row->initial ? " " : "", row->initial))
            return -1;
    }
    return 0;
}

/* Whether the line sets the name; commented: whether it would without its #. */
static bool sets(const char *line, size_t length, const char *name, bool commented)
{
    const char *end = line + length;
    line += strspn(line, " \t");
    if (commented) {
        if (line >= end || *line++ != '#')
            return false;
        line += strspn(line, " \t");
    }
    size_t name_length = strlen(name);
    if ((size_t)(end - line) < name_length || memcmp(line, name, name_length))
        return false;
    line += name_length;
    line += strspn(line, " \t");
    return line < end && *line == '=';
}

/* The line that sets the name, NULL if none does. */
static const char *find(const char *text, const char *name, bool commented)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (sets(line, length, name, commented))
            return line;
        line += length + (line[length] == '\n');
    }
    return NULL;
}

int conf_set(const char *text, const char *name, const char *value, struct buf *ret)
{
    const char *line = find(text, name, false);
    if (!line)
        line = find(text, name, true);
    const char *end = text + strlen(text);
    const char *gap = !line && end > text && end[-1] != '\n' ? "\n" : "";
    if (!line)
        line = end;
    const char *rest = line + strcspn(line, "\n");
    return buf_append(ret, text, (size_t)(line - text)) || buf_format(ret, "%s%s = %s", gap, name, value) ||
           buf_text(ret, *rest ? rest : "\n");
}
