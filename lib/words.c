#include "lib/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], word))
            return i;
    }
    return -1;
}

static bool is_first_word(const char *text, const char *word, size_t *ret_length)
{
    *ret_length = strlen(word);
    return !strncmp(text, word, *ret_length) && (text[*ret_length] == ' ' || !text[*ret_length]);
}

int word_set(const char *const *words, const char *text, unsigned *ret)
{
    unsigned set = 0;
    for (;; text++) {
        size_t length = 0;
        int i = 0;
        while (words[i] && !is_first_word(text, words[i], &length))
            i++;
        if (!words[i])
            return -1;
        set |= 1u << i;
        text += length;
        if (!*text)
            break;
    }
    *ret = set;
    return 0;
}

void word_set_text(const char *const *words, unsigned set, char *ret, size_t room)
{
    size_t length = 0;
    ret[0] = '\0';
    for (int i = 0; words[i]; i++) {
        if (set & 1u << i && length + 1 + strlen(words[i]) < room)
            length += (size_t)snprintf(ret + length, room - length, "%s%s", length ? " " : "", words[i]);
    }
}
