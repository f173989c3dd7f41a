#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static void print_argument(FILE *out, const struct argument *argument)
{
    bool place = argument->name[0] != '-';
    fprintf(out, " %s%s%s%s%s%s", argument->required ? "" : "[", argument->name, place || !argument->value ? "" : " ",
        place || !argument->value ? "" : argument->value, argument->required ? "" : "]", argument->repeated ? "…" : "");
}

static void print_usage(FILE *out, const struct command *command)
{
    fprintf(out, "vedette %s", command->words);
    for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].name; i++)
        print_argument(out, &command->arguments[i]);
}

void help_one(const struct command *command)
{
    fprintf(stderr, "usage: ");
    print_usage(stderr, command);
    fprintf(stderr, "\n  %s\n", command->meaning);
}

static void print_command(const struct command *command)
{
    printf("  ");
    print_usage(stdout, command);
    printf("\n        %s\n", command->meaning);
}

int help_group(const char *word)
{
    size_t length = strlen(word);
    int n = 0;
    for (const struct command *command = commands; command->words; command++) {
        if (strncmp(command->words, word, length) || (command->words[length] && command->words[length] != ' '))
            continue;
        if (!n++)
            printf("usage: vedette [global options] %s …\n\n", word);
        print_command(command);
    }
    return n;
}

void help_all(void)
{
    printf("usage: vedette [global options] <subcommand> …\n\n");
    for (const struct command *command = commands; command->words; command++)
        print_command(command);
    printf("\nGlobal options, anywhere on the line:\n"
           "  --state DIR        the server's state directory, for use on its host (default ./var, or /var/lib/vedette)\n"
           "  --url URL          a server elsewhere, by its portal: https://host:8443\n"
           "  --token-file FILE  the API token for --url; or the environment variable VEDETTE_TOKEN\n"
           "  --ca FILE          the CA certificate that --url's must be issued by (default: the system's)\n"
           "  --home DIR         the administrator's own folder: trust files, what was signed (default ~/.vedette)\n"
           "  --json             print JSON for machines\n"
           "  --version, --help\n\n"
           "Durations are 90, 90s, 15m, 1h, 7d; times RFC 3339. Exit status: 0 done, 1 refused, 2 usage,\n"
           "3 the server could not be reached, 4 the file of --subscriber cannot be used,\n"
           "5 a witness found that the log is not what it was.\n");
}

/* How many leading words of argv are exactly those of the command; 0 if not all of them stand there. */
static int words_matching(const struct command *command, int argc, char **argv)
{
    const char *words = command->words;
    for (int n = 0; n < argc; n++) {
        size_t length = strcspn(words, " ");
        if (strlen(argv[n]) != length || memcmp(argv[n], words, length))
            return 0;
        if (!words[length])
            return n + 1;
        words += length + 1;
    }
    return 0;
}

const struct command *command_find(int argc, char **argv, int *ret_words)
{
    const struct command *found = NULL;
    int most = 0;
    /* `vedette help agents rename` asks about that subcommand. */
    int skip = argc > 1 && !strcmp(argv[0], "help");
    for (const struct command *command = commands; command->words; command++) {
        int words = words_matching(command, argc - skip, argv + skip);
        if (words > most) {
            most = words;
            found = command;
        }
    }
    *ret_words = most;
    return found;
}
