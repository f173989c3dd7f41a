/* IBM's Log Event Extended Format 2.0: `LEEF:2.0|vendor|product|version|event id|delimiter|`, then key=value pairs. It
 * knows no escape: what would end a part early becomes a blank. Ours are free of such characters but for a hostile
 * JSON. */
#include <inttypes.h>
#include <string.h>

#include "lib/buf.h"
#include "services/alert/output/text.h"

static int add_clean(struct buf *out, const char *value, const char *unwanted)
{
    int error = 0;
    for (; *value && !error; value++)
        error = buf_append(out, strchr(unwanted, *value) ? " " : value, 1);
    return error;
}

static int add(struct buf *out, const char *key, const char *value)
{
    if (!value || !*value)
        return 0;
    return buf_text(out, "\t") || add_clean(out, key, "=\t\r\n") || buf_text(out, "=") ||
           add_clean(out, value, "\t\r\n");
}

/* A field by LEEF's own key where there is one. Its other predefined keys are none of our fields' names. */
static const char *key_of(const char *field)
{
    static const char *const keys[][2] = { { "address", "src" }, { "hostname", "identHostName" } };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!strcmp(keys[i][0], field))
            return keys[i][1];
    }
    return field;
}

static int add_fields(struct buf *out, const struct text *text)
{
    const char *name;
    json_t *value;
    int error = 0;
    json_object_foreach((json_t *)text->fields, name, value)
    {
        struct buf one = { 0 };
        if (!text->tenant || strcmp(name, "tenant"))
            error = error || text_value(value, &one) || add(out, key_of(name), one.data);
        buf_free(&one);
    }
    return error;
}

int text_leef(const struct text *text, const char *version, struct buf *out)
{
    static const int severities[] = { 0, 10, 8, 5, 3 };
    return buf_text(out, "LEEF:2.0|Vedette|Vedette|") || add_clean(out, version, "|\t\r\n") || buf_text(out, "|") ||
                   add_clean(out, text->type, "|\t\r\n") ||
                   buf_format(out, "|x09|cat=%s\tsev=%d\tdevTime=%s", text->class, severities[text->sev], text->time) ||
                   buf_text(out, "\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX") || add(out, "id", text->id) ||
                   buf_format(out, "\tsequence=%" PRIu64, text->sequence) || add(out, "usrName", text->actor) ||
                   add(out, "tenant", text->tenant) || add(out, "subject", text->subject) || add_fields(out, text)
               ? -1
               : 0;
}
