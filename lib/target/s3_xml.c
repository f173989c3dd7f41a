#include "lib/target/s3_xml.h"

#include <ctype.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"

#define DEPTH_MAX 8 /* ListBucketResult, Contents, Owner, ID: four */

struct document {
    XML_Parser parser;
    const char *root[3]; /* one of these, ended by NULL */
    /* At the end of each element below the root. depth: 1 for the root's own children. */
    void (*ended)(struct document *, const char *element, int depth);
    void *into;

    int depth;
    bool refused; /* it is none of ours */
    size_t length;
    char text[S3_TEXT_BYTES]; /* of the element that began last */
};

static void refuse(struct document *document)
{
    document->refused = true;
    XML_StopParser(document->parser, XML_FALSE);
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct document *document = arg;
    (void)attributes;
    if (document->depth == 0) {
        int i = 0;
        while (document->root[i] && strcmp(document->root[i], name))
            i++;
        if (!document->root[i])
            refuse(document);
    }
    if (++document->depth > DEPTH_MAX)
        refuse(document);
    document->length = 0;
    document->text[0] = '\0';
}

static void on_text(void *arg, const XML_Char *text, int length)
{
    struct document *document = arg;
    if ((size_t)length >= sizeof(document->text) - document->length) {
        refuse(document);
        return;
    }
    memcpy(document->text + document->length, text, (size_t)length);
    document->length += (size_t)length;
    document->text[document->length] = '\0';
}

static void on_end(void *arg, const XML_Char *name)
{
    struct document *document = arg;
    if (--document->depth > 0 && !document->refused)
        document->ended(document, name, document->depth);
    document->length = 0;
    document->text[0] = '\0';
}

static void on_doctype(
    void *arg, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    refuse(arg);
}

/* 0: a whole document, and one of ours. */
static int parse(struct document *document, const char *data, size_t bytes)
{
    if (bytes > INT32_MAX || !(document->parser = XML_ParserCreate("UTF-8")))
        return -1;
    XML_SetUserData(document->parser, document);
    XML_SetElementHandler(document->parser, on_start, on_end);
    XML_SetCharacterDataHandler(document->parser, on_text);
    XML_SetStartDoctypeDeclHandler(document->parser, on_doctype);
    bool whole = XML_Parse(document->parser, data, (int)bytes, XML_TRUE) == XML_STATUS_OK;
    XML_ParserFree(document->parser);
    return whole && !document->refused ? 0 : -1;
}

static void error_ended(struct document *document, const char *element, int depth)
{
    struct s3_error *error = document->into;
    if (depth == 1 && !strcmp(element, "Code"))
        snprintf(error->code, sizeof(error->code), "%.*s", (int)sizeof(error->code) - 1, document->text);
    if (depth == 1 && !strcmp(element, "Message"))
        snprintf(error->message, sizeof(error->message), "%.*s", (int)sizeof(error->message) - 1, document->text);
}

int s3_xml_error(const char *data, size_t bytes, struct s3_error *ret)
{
    struct s3_error error = { 0 };
    struct document document = { .root = { "Error" }, .ended = error_ended, .into = &error };
    if (parse(&document, data, bytes) || !*error.code)
        return -1;
    *ret = error;
    return 0;
}

struct listing {
    int (*each)(void *arg, const struct s3_entry *);
    void *arg;
    bool stopped;
    struct s3_page page;
    char key[S3_TEXT_BYTES], version[S3_TEXT_BYTES], bytes[24], modified[40];
};

static void keep(char *ret, size_t room, struct document *document)
{
    if (document->length >= room)
        refuse(document);
    else
        strcpy(ret, document->text);
}

static void entry_ended(struct document *document, struct listing *listing, bool marker)
{
    char *end;
    struct s3_entry entry = { .key = listing->key, .version = listing->version };
    entry.bytes = strtoull(listing->bytes, &end, 10);
    int64_t modified_ms = 0;
    bool sized = isdigit((unsigned char)*listing->bytes) && !*end;
    if (!*listing->key || (!sized && !marker) || clock_parse_rfc3339(listing->modified, &modified_ms)) {
        refuse(document);
        return;
    }
    entry.modified_s = modified_ms / 1000;
    if (listing->each(listing->arg, &entry)) {
        listing->stopped = true;
        refuse(document);
    }
    *listing->key = *listing->version = *listing->bytes = *listing->modified = '\0';
}

static void page_ended(struct document *document, struct listing *listing, const char *element)
{
    if (!strcmp(element, "IsTruncated"))
        listing->page.more = !strcmp(document->text, "true");
    else if (!strcmp(element, "NextContinuationToken"))
        keep(listing->page.token, sizeof(listing->page.token), document);
    else if (!strcmp(element, "NextKeyMarker"))
        keep(listing->page.key_marker, sizeof(listing->page.key_marker), document);
    else if (!strcmp(element, "NextVersionIdMarker"))
        keep(listing->page.version_marker, sizeof(listing->page.version_marker), document);
    else if (!strcmp(element, "Contents") || !strcmp(element, "Version"))
        entry_ended(document, listing, false);
    else if (!strcmp(element, "DeleteMarker"))
        entry_ended(document, listing, true);
}

static void list_ended(struct document *document, const char *element, int depth)
{
    struct listing *listing = document->into;
    if (depth == 1)
        page_ended(document, listing, element);
    else if (depth == 2 && !strcmp(element, "Key"))
        keep(listing->key, sizeof(listing->key), document);
    else if (depth == 2 && !strcmp(element, "VersionId"))
        keep(listing->version, sizeof(listing->version), document);
    else if (depth == 2 && !strcmp(element, "Size"))
        keep(listing->bytes, sizeof(listing->bytes), document);
    else if (depth == 2 && !strcmp(element, "LastModified"))
        keep(listing->modified, sizeof(listing->modified), document);
}

int s3_xml_list(
    const char *data, size_t bytes, int (*each)(void *arg, const struct s3_entry *), void *arg, struct s3_page *ret)
{
    struct listing *listing = calloc(1, sizeof(*listing));
    if (!listing)
        return -1;
    listing->each = each;
    listing->arg = arg;
    struct document document = {
        .root = { "ListBucketResult", "ListVersionsResult" }, .ended = list_ended, .into = listing
    };
    int error = parse(&document, data, bytes);
    if (listing->stopped)
        error = -2;
    /* More, but not where: it would be the same page for ever. */
    if (!error && listing->page.more && !*listing->page.token && !*listing->page.key_marker)
        error = -1;
    if (!error)
        *ret = listing->page;
    free(listing);
    return error;
}

int s3_decode(char *text)
{
    char *to = text;
    for (; *text; text++, to++) {
        *to = *text == '+' ? ' ' : *text;
        if (*text != '%')
            continue;
        char digits[3] = { text[1], text[1] ? text[2] : '\0', '\0' };
        if (crypto_unhex(digits, to, 1) || !*to)
            return -1;
        text += 2;
    }
    *to = '\0';
    return 0;
}
