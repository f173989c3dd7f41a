#include "cli/print.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/value.h"
#include "lib/buf.h"

/* What a column shows, taken from its word in the list of columns. */
struct column {
    const struct field *field;
    char header[32];
    bool age;
};

static bool is_shown(const struct print *print, const struct field *field)
{
    return field->type != FIELD_SECRET || !print->hide_secrets;
}

static void print_object(const struct print *print, const struct shape *shape, const void *message)
{
    json_t *object = json_object();
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        bool id = print->id && !strcmp(field->name, print->id);
        if (is_shown(print, field))
            json_object_set_new(object, id ? "id" : field->name, value_json(field, message));
    }
    json_dumpf(object, stdout, JSON_COMPACT);
    json_decref(object);
}

void print_lines(const struct print *print, const struct shape *shape, const void *message)
{
    int width = 0;
    for (size_t i = 0; i < shape->n_fields; i++) {
        int length = (int)strlen(shape->fields[i].name);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        struct buf text = { 0 };
        if (is_shown(print, field) && value_there(field, message) && !value_text(field, message, 0, &text))
            printf("%-*s  %s\n", width, field->name, text.data);
        buf_free(&text);
    }
}

static size_t parse_columns(const struct print *print, const struct shape *row, struct column columns[COLUMNS_MAX])
{
    size_t n = 0;
    for (const char *word = print->columns; word && *word && n < COLUMNS_MAX;) {
        size_t length = strcspn(word, " "), name = strcspn(word, " :~");
        struct column *column = &columns[n++];
        column->field = value_field(row, word, name);
        column->age = word[length - 1] == '~';
        const char *header = word[name] == ':' ? word + name + 1 : word;
        snprintf(column->header, sizeof(column->header), "%.*s", (int)strcspn(header, " ~"), header);
        for (char *c = column->header; *c; c++)
            *c = *c == '_' ? ' ' : (char)toupper(*c);
        word += length + strspn(word + length, " ");
    }
    return n;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no place. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

static void print_cell(const char *text, int width, bool last)
{
    printf("%s%*s%s", text, last ? 0 : width - width_of(text), "", last ? "\n" : "  ");
}

static const void *row_at(const struct shape *shape, const void *reply, size_t i)
{
    return *(const char *const *)((const char *)reply + shape->offset_rows) + i * shape->row->size;
}

static void print_table(struct print *print, const struct shape *shape, const void *reply, size_t n_rows)
{
    struct column columns[COLUMNS_MAX];
    size_t n = parse_columns(print, shape->row, columns);
    struct buf *cells = calloc(n_rows ? n_rows * n : 1, sizeof(*cells));
    if (!cells)
        return;
    for (size_t i = 0; i < n_rows * n; i++) {
        const struct column *column = &columns[i % n];
        if (value_text(column->field, row_at(shape, reply, i / n), column->age ? print->now_ms : 0, &cells[i]))
            goto done;
        int width = width_of(cells[i].data);
        print->widths[i % n] = width > print->widths[i % n] ? width : print->widths[i % n];
    }
    for (size_t c = 0; c < n && !print->n_rows; c++) {
        int width = width_of(columns[c].header);
        print->widths[c] = width > print->widths[c] ? width : print->widths[c];
        print_cell(columns[c].header, print->widths[c], c + 1 == n);
    }
    for (size_t i = 0; i < n_rows * n; i++)
        print_cell(cells[i].data, print->widths[i % n], i % n + 1 == n);
done:
    for (size_t i = 0; i < n_rows * n; i++)
        buf_free(&cells[i]);
    free(cells);
}

void print_begin(struct print *print)
{
    if (print->json)
        putchar('[');
}

void print_page(struct print *print, const struct shape *shape, const void *reply)
{
    size_t n_rows = *(const size_t *)((const char *)reply + shape->offset_n_rows);
    if (!print->json) {
        print_table(print, shape, reply, n_rows);
    } else {
        for (size_t i = 0; i < n_rows; i++) {
            printf(print->n_rows + i ? ",\n" : "\n");
            print_object(print, shape->row, row_at(shape, reply, i));
        }
    }
    print->n_rows += n_rows;
}

void print_end(struct print *print)
{
    if (print->json)
        printf(print->n_rows ? "\n]\n" : "]\n");
}

void print_reply(struct print *print, const struct shape *shape, const void *reply)
{
    if (shape->row) {
        print_begin(print);
        print_page(print, shape, reply);
        print_end(print);
    } else if (print->json) {
        print_object(print, shape, reply);
        putchar('\n');
    } else {
        print_lines(print, shape, reply);
    }
}
