/*
 * Folders as people have them, the same for the same seed: texts, tables, what is compressed already, databases.
 *
 *     backup_data make DIR MIB SEED       a new tree of about so many MiB, 14,000 files a GiB
 *     backup_data change DIR SEED         a day: about 1 % of it written anew, in place, at an end, or as new files
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS 4096
#define BLOCK 65536
#define FOLDER_FILES 60
#define SMALL_MEAN 20000

static uint64_t state;
static char words[WORDS][12];

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1d;
}

static void seed(uint64_t number)
{
    state = number * 0x9e3779b97f4a7c15 + 1;
    for (int i = 0; i < WORDS; i++) {
        int length = 2 + (int)(next() % 9);
        for (int j = 0; j < length; j++)
            words[i][j] = (char)('a' + next() % 26);
        words[i][length] = '\0';
    }
}

/* Few words are frequent, as in a language. */
static const char *word(void)
{
    uint64_t number = next();
    unsigned bits = 1 + number % 12;
    return words[(number >> 32) & ((1u << bits) - 1)];
}

static void fill_text(char *block)
{
    size_t at = 0;
    while (at < BLOCK) {
        const char *one = word();
        size_t length = strlen(one);
        for (size_t i = 0; i < length && at < BLOCK; i++)
            block[at++] = one[i];
        if (at < BLOCK)
            block[at++] = next() % 12 ? ' ' : '\n';
    }
}

static void fill_table(char *block)
{
    size_t at = 0;
    char row[64];
    while (at < BLOCK) {
        int length = snprintf(row, sizeof(row), "%08u,%s,%.2f,%u\n", (unsigned)(next() % 100000000), word(),
            (double)(next() % 100000) / 100, (unsigned)(next() % 7));
        for (int i = 0; i < length && at < BLOCK; i++)
            block[at++] = row[i];
    }
}

static void fill_random(char *block)
{
    for (size_t at = 0; at < BLOCK; at += sizeof(uint64_t)) {
        uint64_t number = next();
        memcpy(block + at, &number, sizeof(number));
    }
}

/* Pages of a database: half empty, with keys that rise. */
static void fill_pages(char *block)
{
    memset(block, 0, BLOCK);
    for (size_t page = 0; page < BLOCK; page += 4096) {
        for (size_t at = 0; at < 2400; at += 24) {
            uint64_t row[3] = { page + at, next() & 0xffff, next() };
            memcpy(block + page + at, row, sizeof(row));
        }
    }
}

static void write_some(int fd, size_t bytes, unsigned kind)
{
    static char block[BLOCK];
    while (bytes) {
        size_t n = bytes < BLOCK ? bytes : BLOCK;
        if (kind < 4)
            fill_text(block);
        else if (kind < 6)
            fill_table(block);
        else if (kind < 9)
            fill_random(block);
        else
            fill_pages(block);
        if (write(fd, block, n) != (ssize_t)n)
            exit(1);
        bytes -= n;
    }
}

/* Most are small, most bytes are in large ones. */
static size_t a_size(void)
{
    uint64_t number = next() % 1000;
    if (number < 900)
        return next() % (2 * SMALL_MEAN);
    if (number < 990)
        return next() % 500000;
    return number < 999 ? next() % 5000000 : next() % 40000000;
}

static size_t make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    size_t bytes = a_size();
    if (fd < 0)
        exit(1);
    write_some(fd, bytes, (unsigned)(next() % 10));
    close(fd);
    return bytes;
}

static void make(const char *folder, size_t bytes)
{
    char path[4096];
    mkdir(folder, 0755);
    for (unsigned number = 0; bytes; number++) {
        unsigned outer = number / FOLDER_FILES / 20, inner = number / FOLDER_FILES % 20;
        snprintf(path, sizeof(path), "%s/%s%u", folder, words[outer % WORDS], outer);
        if (!(number % (FOLDER_FILES * 20)))
            mkdir(path, 0755);
        snprintf(path, sizeof(path), "%s/%s%u/%s%u", folder, words[outer % WORDS], outer, words[inner], inner);
        if (!(number % FOLDER_FILES))
            mkdir(path, 0755);
        size_t length = strlen(path);
        snprintf(path + length, sizeof(path) - length, "/%s%u.dat", word(), number);
        size_t made = make_file(path);
        bytes -= made < bytes ? made : bytes;
    }
}

static char new_path[4096];

/* One file in a hundred, on average. */
static int change_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)where;
    if (kind != FTW_F || next() % 100)
        return 0;
    int fd = open(path, O_RDWR);
    if (fd < 0)
        return -1;
    switch (next() % 4) {
    case 0:
        lseek(fd, 0, SEEK_END);
        write_some(fd, next() % 20000, 0);
        break;
    case 1:
        lseek(fd, status->st_size / 2, SEEK_SET);
        write_some(fd, (size_t)status->st_size / 20, 5);
        break;
    case 2:
        write_some(fd, (size_t)status->st_size, (unsigned)(next() % 10));
        break;
    default:
        snprintf(new_path, sizeof(new_path), "%.4000s.%u", path, (unsigned)(next() % 1000000));
        make_file(new_path);
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
        return nftw(argv[2], change_one, 32, FTW_PHYS) ? 1 : 0;
    }
    fputs("usage: backup_data make DIR MIB SEED | change DIR SEED\n", stderr);
    return 2;
}
