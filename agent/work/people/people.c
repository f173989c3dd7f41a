#include "agent/work/people/people.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmpx.h>

#include "agent/work/runs/account.h"
#include "lib/loop.h"

#define NOTIFY "/usr/bin/notify-send"
#define WALL "/usr/bin/wall"
#define SESSIONS "/run/user"
#define ID_BYTES 33
#define VOICES 16

/* A notification that is open on somebody's desktop, or a wall that speaks. */
struct voice {
    struct people *people;
    pid_t pid; /* 0: this place is free */
    int fd;    /* what notify-send says: the name of the button */
    struct loop_watch *watch;
    uid_t uid;
    char id[ID_BYTES];
};

struct people {
    struct loop *loop;
    void (*answered)(void *arg, const char *id, bool allow, uid_t by);
    void *arg;
    struct voice voices[VOICES];
};

struct people *people_new(
    struct loop *loop, void (*answered)(void *arg, const char *id, bool allow, uid_t by), void *arg)
{
    struct people *people = calloc(1, sizeof(*people));
    if (people)
        *people = (struct people){ .loop = loop, .answered = answered, .arg = arg };
    return people;
}

static void release(struct voice *voice)
{
    loop_unwatch(voice->watch);
    close(voice->fd);
    kill(voice->pid, SIGKILL);
    waitpid(voice->pid, NULL, 0);
    voice->pid = 0;
}

void people_free(struct people *people)
{
    for (int i = 0; people && i < VOICES; i++) {
        if (people->voices[i].pid)
            release(&people->voices[i]);
    }
    free(people);
}

/* It said something, or its output ended. */
static void heard(void *arg, uint32_t events)
{
    (void)events;
    struct voice *voice = arg;
    struct voice was = *voice;
    char word[16] = "";
    ssize_t count = read(voice->fd, word, sizeof(word) - 1);
    if (count < 0 && errno == EAGAIN)
        return;
    word[strcspn(word, "\n")] = '\0';
    release(voice);
    if (*was.id && (!strcmp(word, "allow") || !strcmp(word, "deny")))
        was.people->answered(was.people->arg, was.id, !strcmp(word, "allow"), was.uid);
}

/* In the child: nothing of ours is passed on. */
static void become_voice(const struct account *account, int output, char *const *argv)
{
    char bus[64], runtime[64];
    sigset_t none;
    snprintf(bus, sizeof(bus), "DBUS_SESSION_BUS_ADDRESS=unix:path=" SESSIONS "/%u/bus", account ? account->uid : 0);
    snprintf(runtime, sizeof(runtime), "XDG_RUNTIME_DIR=" SESSIONS "/%u", account ? account->uid : 0);
    char *environment[] = { (char *)"PATH=/usr/bin:/bin", (char *)"LANG=C.UTF-8", account ? bus : NULL, runtime, NULL };
    int input = open("/dev/null", O_RDWR);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(input, 2) < 0 || close_range(3, ~0u, 0) ||
        (account && account_become(account)))
        _exit(126);
    execve(argv[0], argv, environment);
    _exit(127);
}

static void speak(struct people *people, const struct account *account, const char *id, char *const *argv)
{
    struct voice *voice = NULL;
    int ends[2];
    for (int i = 0; i < VOICES && !voice; i++)
        voice = people->voices[i].pid ? NULL : &people->voices[i];
    if (!voice || pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return;
    pid_t pid = fork();
    if (!pid)
        become_voice(account, ends[1], argv);
    close(ends[1]);
    *voice =
        (struct voice){ .people = people, .pid = pid > 0 ? pid : 0, .fd = ends[0], .uid = account ? account->uid : 0 };
    snprintf(voice->id, sizeof(voice->id), "%s", id ? id : "");
    voice->watch = pid > 0 ? loop_watch(people->loop, ends[0], EPOLLIN, heard, voice) : NULL;
    if (voice->watch)
        return;
    close(ends[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    voice->pid = 0;
}

/* NUL-terminated words that notify-send and wall take as they are: nothing of them is an option. */
static void notify(
    struct people *people, const struct account *account, const char *id, const char *title, const char *text)
{
    char *const asking[] = { (char *)NOTIFY, (char *)"--app-name=Vedette", (char *)"--urgency=critical",
        (char *)"--action=allow=Allow", (char *)"--action=deny=Deny", (char *)"--", (char *)title, (char *)text, NULL };
    char *const telling[] = { (char *)NOTIFY, (char *)"--app-name=Vedette", (char *)"--", (char *)title, (char *)text,
        NULL };
    speak(people, account, id, id ? asking : telling);
}

static void notify_sessions(struct people *people, const char *id, const char *title, const char *text)
{
    DIR *sessions = access(NOTIFY, X_OK) ? NULL : opendir(SESSIONS);
    for (struct dirent *entry; sessions && (entry = readdir(sessions));) {
        char bus[sizeof(SESSIONS) + sizeof(entry->d_name) + 8];
        struct stat found;
        struct account account;
        snprintf(bus, sizeof(bus), SESSIONS "/%s/bus", entry->d_name);
        const struct passwd *user = lstat(bus, &found) || !S_ISSOCK(found.st_mode) ? NULL : getpwuid(found.st_uid);
        if (user && !account_find(user->pw_name, &account, NULL))
            notify(people, &account, id, title, text);
    }
    if (sessions)
        closedir(sessions);
}

void people_tell(struct people *people, const char *id, const char *title, const char *text)
{
    char message[1024];
    char *const wall[] = { (char *)WALL, message, NULL };
    notify_sessions(people, id, title, text);
    if (id)
        snprintf(message, sizeof(message), "Vedette: %s\n%s\nAnswer: vedette-agent consent allow|deny %.8s", title,
            text, id);
    else
        snprintf(message, sizeof(message), "Vedette: %s\n%s", title, text);
    if (!access(WALL, X_OK))
        speak(people, NULL, NULL, wall);
}

bool people_may_answer(uid_t uid)
{
    bool present = uid == 0;
    const struct passwd *user = getpwuid(uid);
    char name[33] = "";
    if (user)
        snprintf(name, sizeof(name), "%s", user->pw_name);
    setutxent();
    for (struct utmpx *entry; !present && *name && (entry = getutxent());)
        present = entry->ut_type == USER_PROCESS && !strncmp(entry->ut_user, name, sizeof(entry->ut_user));
    endutxent();
    return present;
}
