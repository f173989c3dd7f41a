/* Syslog messages: RFC 5424 in the frames of RFC 5425. */
#include <inttypes.h>
#include <string.h>

#include "lib/buf.h"
#include "services/alert/output/text.h"

#define FACILITY_LOCAL0 16
#define HOST_BYTES_MAX 255
#define MSGID_BYTES_MAX 32
/* SD-IDs of one's own need an enterprise number. 32473 is the one for examples (RFC 5612), as Vedette has none:
 * receivers should look for the name before the @. */
#define STRUCTURED_DATA "vedette@32473"

/* Printable ASCII without blanks, at most so much of it; `-` if there is nothing. */
static int add_name(struct buf *out, const char *name, size_t bytes_max)
{
    int error = *name ? 0 : buf_text(out, "-");
    for (size_t i = 0; name[i] && i < bytes_max && !error; i++)
        error = buf_append(out, name[i] > ' ' && name[i] <= '~' ? &name[i] : "_", 1);
    return error;
}

/* In values " \ and ] are escaped; ends of lines are allowed, but not every collector agrees. */
static int add_parameter(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return 0;
    int error = buf_format(out, " %s=\"", name);
    for (; *value && !error; value++)
        error = (strchr("\"\\]", *value) && buf_append(out, "\\", 1)) ||
                buf_append(out, strchr("\r\n", *value) ? " " : value, 1);
    return error || buf_text(out, "\"");
}

/* Class and sequence tell a repeat from a new event, and show a gap. */
static int add_head(const struct text *text, const char *host, struct buf *out)
{
    static const int severities[] = { 0, 2, 3, 4, 5 };
    return buf_format(out, "<%d>1 %s ", FACILITY_LOCAL0 * 8 + severities[text->sev], text->time) ||
           add_name(out, host, HOST_BYTES_MAX) || buf_text(out, " vedette - ") ||
           add_name(out, text->type, MSGID_BYTES_MAX) || buf_text(out, " [" STRUCTURED_DATA) ||
           add_parameter(out, "class", text->class) || buf_format(out, " sequence=\"%" PRIu64 "\"", text->sequence) ||
           add_parameter(out, "tenant", text->tenant) || add_parameter(out, "subject", text->subject) ||
           buf_text(out, "] ");
}

static int add_body(const struct text *text, enum format format, const char *version, struct buf *out)
{
    switch (format) {
    case FORMAT_CEF:
        return text_cef(text, version, out);
    case FORMAT_LEEF:
        return text_leef(text, version, out);
    default:
        return buf_append(out, text->json, text->bytes);
    }
}

int text_syslog(const struct text *text, enum format format, const char *host, const char *version, struct buf *out)
{
    struct buf message = { 0 };
    int error = add_head(text, host, &message) || add_body(text, format, version, &message) ||
                buf_format(out, "%zu ", message.length) || buf_append(out, message.data, message.length);
    buf_free(&message);
    return error ? -1 : 0;
}
