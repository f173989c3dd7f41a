/*
 * Folders as people have them, the same for the same seed: documents and sources, logs, tables, what is compressed
 * already, databases.
 *
 *     backup_data make DIR MIB SEED       a new tree of about so many MiB, 14,000 files a GiB
 *     backup_data change DIR SEED         a day: about 1 % of its bytes written anew
 *
 * Nine files in ten are texts, which have a quarter of the bytes; the rest is in few and larger ones. Texts repeat phrases,
 * within a file and from file to file, as a licence's head, an import or a form of address does; zstd -3 makes a third of
 * them, as of /usr/share/doc and /usr/include. On a day logs grow, databases have pages here and there written over, and
 * one other file in a hundred is added to, altered in its middle, saved anew, or new.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS 4096
#define WORD_BYTES 12
#define PHRASES 4096
#define PHRASE_BYTES 160
#define BLOCK 65536
#define PAGE 4096
#define ROW 48
#define PATH_BYTES 4096
#define FOLDER_FILES 60
#define DAY_S 86400

static uint64_t state;
static char words[WORDS][WORD_BYTES], phrases[PHRASES][PHRASE_BYTES];

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1d;
}

/* Few are frequent, as in a language. */
static unsigned pick(void)
{
    uint64_t number = next();
    unsigned bits = 1 + number % 12;
    return (unsigned)(number >> 32) & ((1u << bits) - 1);
}

static size_t write_words(char *to, unsigned n)
{
    size_t length = 0;
    for (unsigned i = 0; i < n; i++)
        length += (size_t)sprintf(to + length, "%s ", words[pick()]);
    return length;
}

/* The language is the same for all seeds: a day's new texts are of it, too. */
static void learn(void)
{
    state = 0x9e3779b97f4a7c15;
    for (int i = 0; i < WORDS; i++) {
        size_t length = 2 + next() % 9;
        for (size_t j = 0; j < length; j++)
            words[i][j] = (char)('a' + next() % 26);
    }
    for (int i = 0; i < PHRASES; i++)
        write_words(phrases[i], 4 + (unsigned)(next() % 8));
}

static void seed(uint64_t number)
{
    learn();
    state = number * 0x9e3779b97f4a7c15 + 1;
}

/* A line or less; its bytes. */
static size_t write_text(char *to)
{
    size_t length = next() % 5 < 2 ? (size_t)sprintf(to, "%s", phrases[pick()]) : write_words(to, 2 + next() % 6);
    if (next() % 3 == 0)
        to[length - 1] = '\n';
    return length;
}

static size_t write_log(char *to)
{
    static unsigned now;
    now = (now + next() % 8) % DAY_S;
    return (size_t)sprintf(to, "2026-11-22T%02u:%02u:%02u %s[%u]: %s%u\n", now / 3600, now / 60 % 60, now % 60,
        words[next() % 16], 300 + (unsigned)(next() % 64), phrases[next() % 256], (unsigned)(next() % 100000));
}

static size_t write_table(char *to)
{
    return (size_t)sprintf(to, "%08u,%s,%.2f,%u\n", (unsigned)(next() % 100000000), words[pick()],
        (double)(next() % 100000) / 100, (unsigned)(next() % 7));
}

static size_t write_packed(char *to)
{
    uint64_t number = next();
    memcpy(to, &number, sizeof(number));
    return sizeof(number);
}

/* Rows of a number that rises, one that does not, and words, in a page that is two thirds full. */
static size_t write_page(char *to)
{
    static uint64_t key;
    memset(to, 0, PAGE);
    for (size_t at = 0; at < PAGE * 2 / 3; at += ROW) {
        char text[8 * WORD_BYTES];
        uint64_t numbers[2] = { key++, next() & 0xffffff };
        size_t length = write_words(text, 4);
        memcpy(to + at, numbers, sizeof(numbers));
        memcpy(to + at + sizeof(numbers), text, length < ROW - sizeof(numbers) ? length : ROW - sizeof(numbers));
    }
    return PAGE;
}

/* Of a thousand files so many are of a kind; most of them are smaller than small, one in ten is up to large. */
static const struct kind {
    const char *end;
    size_t (*write)(char *to);
    unsigned of_thousand;
    size_t small, large;
} kinds[] = {
    { ".txt", write_text, 870, 32000, 90000 },
    { ".csv", write_table, 50, 200000, 800000 },
    { ".log", write_log, 30, 500000, 3000000 },
    { ".zip", write_packed, 47, 400000, 4000000 },
    { ".db", write_page, 3, 6000000, 60000000 },
};
enum { TEXT, TABLE, LOG, PACKED, DATABASE, KINDS };

static void write_some(int fd, size_t bytes, const struct kind *kind)
{
    static char block[BLOCK + PAGE];
    while (bytes) {
        size_t length = 0;
        while (length < BLOCK)
            length += kind->write(block + length);
        size_t n = bytes < BLOCK ? bytes : BLOCK;
        if (write(fd, block, n) != (ssize_t)n)
            exit(1);
        bytes -= n;
    }
}

static const struct kind *a_kind(void)
{
    const struct kind *kind = kinds;
    for (unsigned number = next() % 1000; number >= kind->of_thousand; kind++)
        number -= kind->of_thousand;
    return kind;
}

/* The name gets its end. */
static size_t make_file(char path[PATH_BYTES], const struct kind *kind)
{
    size_t bytes = next() % (next() % 10 ? kind->small : kind->large);
    strcat(path, kind->end);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        exit(1);
    write_some(fd, bytes, kind);
    close(fd);
    return bytes;
}

static void make(const char *folder, size_t bytes)
{
    char path[PATH_BYTES];
    mkdir(folder, 0755);
    for (unsigned number = 0; bytes; number++) {
        unsigned outer = number / FOLDER_FILES / 20, inner = number / FOLDER_FILES % 20;
        int length = snprintf(path, sizeof(path), "%s/%s%u", folder, words[outer % WORDS], outer);
        if (!(number % (FOLDER_FILES * 20)))
            mkdir(path, 0755);
        length += snprintf(path + length, sizeof(path) - (size_t)length, "/%s%u", words[inner], inner);
        if (!(number % FOLDER_FILES))
            mkdir(path, 0755);
        snprintf(path + length, sizeof(path) - (size_t)length, "/%s%u", words[pick()], number);
        size_t made = make_file(path, a_kind());
        bytes -= made < bytes ? made : bytes;
    }
}

static const struct kind *kind_of(const char *path)
{
    const char *end = strrchr(path, '.');
    for (int i = 0; i < KINDS; i++) {
        if (end && !strcmp(end, kinds[i].end))
            return &kinds[i];
    }
    return &kinds[TEXT];
}

/* One page in fifty, in runs of one to four. */
static void update_pages(int fd, size_t bytes)
{
    for (size_t written = 0; written < bytes / 50; ) {
        size_t run = PAGE * (1 + next() % 4);
        lseek(fd, (off_t)(next() % (bytes / PAGE) * PAGE), SEEK_SET);
        write_some(fd, run, &kinds[DATABASE]);
        written += run;
    }
}

static void change_one(int fd, const char *path, size_t bytes, const struct kind *kind)
{
    char new_path[PATH_BYTES];
    switch (next() % 4) {
    case 0:
        lseek(fd, 0, SEEK_END);
        write_some(fd, next() % 20000, kind);
        break;
    case 1:
        lseek(fd, (off_t)(bytes / 2), SEEK_SET);
        write_some(fd, bytes / 20, kind);
        break;
    case 2:
        write_some(fd, bytes, kind);
        break;
    default:
        snprintf(new_path, sizeof(new_path), "%.4000s.%u", path, (unsigned)(next() % 1000000));
        make_file(new_path, a_kind());
    }
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)where;
    const struct kind *kind = kind_of(path);
    bool chosen = kind == &kinds[DATABASE] || (kind == &kinds[LOG] ? next() % 4 == 0 : next() % 100 == 0);
    if (type != FTW_F || !chosen)
        return 0;
    size_t bytes = (size_t)status->st_size;
    int fd = open(path, O_RDWR);
    if (fd < 0)
        return -1;
    if (kind == &kinds[DATABASE] && bytes >= PAGE) {
        update_pages(fd, bytes);
    } else if (kind == &kinds[LOG]) {
        lseek(fd, 0, SEEK_END);
        write_some(fd, next() % 20000, kind);
    } else {
        change_one(fd, path, bytes, kind);
    }
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && !strcmp(argv[1], "make")) {
        seed(strtoull(argv[4], NULL, 10));
        make(argv[2], strtoull(argv[3], NULL, 10) << 20);
        return 0;
    }
    if (argc == 4 && !strcmp(argv[1], "change")) {
        seed(strtoull(argv[3], NULL, 10));
        return nftw(argv[2], visit, 32, FTW_PHYS) ? 1 : 0;
    }
    fputs("usage: backup_data make DIR MIB SEED | change DIR SEED\n", stderr);
    return 2;
}
