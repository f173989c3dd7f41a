/* ArcSight's Common Event Format, revision 16 and on: `CEF:0|vendor|product|version|id|name|severity|extension`. */
#include <arpa/inet.h>
#include <inttypes.h>

#include "lib/buf.h"
#include "services/alert/output/text.h"

/* In the header \ and | are escaped, and a line cannot end. */
static int add_header(struct buf *out, const char *value)
{
    int error = 0;
    for (; *value && !error; value++) {
        if (*value == '\\' || *value == '|')
            error = buf_append(out, "\\", 1);
        error = error || buf_append(out, *value == '\n' || *value == '\r' ? " " : value, 1);
    }
    return error || buf_append(out, "|", 1);
}

/* In the extension \ and = are escaped, and the ends of lines are written \n and \r; | is not. */
static int add_value(struct buf *out, const char *value)
{
    int error = 0;
    for (; *value && !error; value++) {
        const char *escaped = *value == '\\'   ? "\\\\"
                              : *value == '='  ? "\\="
                              : *value == '\n' ? "\\n"
                              : *value == '\r' ? "\\r"
                                               : NULL;
        error = escaped ? buf_text(out, escaped) : buf_append(out, value, 1);
    }
    return error;
}

static int add(struct buf *out, const char *key, const char *value)
{
    return value && *value ? buf_format(out, " %s=", key) || add_value(out, value) : 0;
}

static int add_labelled(struct buf *out, const char *key, const char *label, const char *value)
{
    return value && *value ? buf_format(out, " %sLabel=%s", key, label) || add(out, key, value) : 0;
}

/* Fields that have a key of their own. */
static int add_known(struct buf *out, const json_t *fields)
{
    static const char *const keys[][2] = { { "user", "duser" }, { "hostname", "dhost" }, { "reason", "reason" } };
    const char *address = json_string_value(json_object_get(fields, "address"));
    struct in_addr four;
    int error = 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !error; i++)
        error = add(out, keys[i][1], json_string_value(json_object_get(fields, keys[i][0])));
    if (address && inet_pton(AF_INET, address, &four) == 1)
        return error || add(out, "src", address);
    return error || add_labelled(out, "c6a2", "Source IPv6 Address", address);
}

/* All fields, for whoever wants more than the keys hold. */
static int add_all(struct buf *out, const json_t *fields)
{
    struct buf all = { 0 };
    int error = json_object_size(fields) && (text_value(fields, &all) || add_labelled(out, "cs3", "fields", all.data));
    buf_free(&all);
    return error;
}

int text_cef(const struct text *text, const char *version, struct buf *out)
{
    static const int severities[] = { 0, 10, 8, 5, 3 };
    return buf_text(out, "CEF:0|Vedette|Vedette|") || add_header(out, version) || add_header(out, text->type) ||
                   add_header(out, text_meaning(text)) ||
                   buf_format(out, "%d|rt=%" PRId64, severities[text->sev], text->time_ms) ||
                   add(out, "externalId", text->id) || add(out, "cat", text->class) || add(out, "suser", text->actor) ||
                   add_known(out, text->fields) || add_labelled(out, "cs1", "tenant", text->tenant) ||
                   add_labelled(out, "cs2", "subject", text->subject) || add_all(out, text->fields) ||
                   buf_format(out, " cn1Label=sequence cn1=%" PRIu64, text->sequence)
               ? -1
               : 0;
}
