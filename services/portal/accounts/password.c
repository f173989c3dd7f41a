#include "services/portal/accounts/password.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "lib/problem.h"

/* At 16 characters the guessable ones are words in a row, keyboard runs, and pieces repeated. The last two are found by
 * rule; these are the words. A password made of nothing but these, digits and punctuation is refused. */
static const char *const common[] = {
    "password",
    "passwort",
    "passphrase",
    "letmein",
    "welcome",
    "admin",
    "administrator",
    "vedette",
    "changeme",
    "change",
    "secret",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "master",
    "superman",
    "batman",
    "trustno1",
    "starwars",
    "whatever",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "login",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "company",
    "server",
    "monitoring",
    "root",
    "test",
    "user",
    "temp",
    "default",
    "hello",
    "world",
    "correcthorsebatterystaple",
    "tobeornottobe",
    "thequickbrownfox",
    "opensesame",
    "supercalifragilisticexpialidocious",
    "the",
    "is",
    "my",
    "me",
    "new",
    "this",
    "very",
    "long",
    "not",
    "and",
    "you",
};

static const char *const runs[] = {
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "01234567890123456789",
    "98765432109876543210",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn",
};

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* Is text one piece of at most half its length, over and over? "abc1abc1abc1abc1" */
static bool repeats(const char *text, size_t length)
{
    for (size_t period = 1; period <= length / 2; period++)
        if (!memcmp(text, text + period, length - period))
            return true;
    return false;
}

/* How many bytes at text are a run of at least four, forwards as on the keyboard or in the alphabet. */
static size_t run_length(const char *text)
{
    size_t longest = 0;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        const char *at = strchr(runs[i], text[0]);
        size_t count = 0;
        while (at && text[count] && text[count] == at[count])
            count++;
        if (count > longest)
            longest = count;
    }
    return longest >= 4 ? longest : 0;
}

static size_t word_length(const char *text)
{
    size_t longest = 0;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        size_t length = strlen(common[i]);
        if (length > longest && !strncmp(text, common[i], length))
            longest = length;
    }
    return longest;
}

/* What remains when common words, runs, digits and punctuation are taken away: too little is guessable. */
static size_t substance(const char *lower)
{
    size_t left = 0;
    while (*lower) {
        size_t known = word_length(lower), run = run_length(lower);
        if (run > known)
            known = run;
        if (known == 0) {
            left += isalpha((unsigned char)*lower) || (unsigned char)*lower >= 0x80;
            known = 1;
        }
        lower += known;
    }
    return left;
}

int password_check(const char *password, const char *user, struct problem *problem)
{
    char lower[257];
    size_t length = strlen(password);
    if (characters(password) < PASSWORD_LEAST || length >= sizeof(lower))
        return problem_set(
            problem, "bad-password", "password", "a password has at least %d characters", PASSWORD_LEAST);
    for (size_t i = 0; i <= length; i++)
        lower[i] = (char)tolower((unsigned char)password[i]);
    if (repeats(lower, length))
        return problem_set(problem, "bad-password", "password", "this password repeats itself");
    if (strlen(user) >= 4 && strcasestr(password, user) && length < strlen(user) + PASSWORD_LEAST / 2)
        return problem_set(problem, "bad-password", "password", "this password is little more than the user name");
    if (substance(lower) < 5)
        return problem_set(
            problem, "bad-password", "password", "this password is made of the words and runs that are guessed first");
    return 0;
}
