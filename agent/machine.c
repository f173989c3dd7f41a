#include "agent/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

void fact_take(const char *text, char ret[FACT_BYTES])
{
    size_t length = 0;
    while (*text && length < FACT_BYTES - 1) {
        unsigned char c = (unsigned char)*text++;
        ret[length++] = (char)(c < 0x20 || c == 0x7f ? ' ' : c);
    }
    /* A character that was cut in two goes wholly. */
    if (((unsigned char)*text & 0xc0) == 0x80) {
        while (length && ((unsigned char)ret[--length] & 0xc0) == 0x80)
            continue;
    }
    ret[length] = '\0';
    json_t *valid = json_string(ret);
    if (!valid || !length)
        memcpy(ret, "unknown", sizeof("unknown"));
    json_decref(valid);
}

void machine_hostname(char ret[FACT_BYTES])
{
    char name[256] = "";
    gethostname(name, sizeof(name) - 1);
    fact_take(name, ret);
}

/* The value of a line `name<separator>value` in a file; quotes around it are taken off. */
static void fact_of_file(const char *path, const char *name, const char *separator, char ret[FACT_BYTES])
{
    char line[1024];
    FILE *file = fopen(path, "re");
    fact_take("", ret);
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, strlen(name)))
            continue;
        char *value = strstr(line, separator);
        if (!value)
            continue;
        value += strlen(separator);
        value[strcspn(value, "\n")] = '\0';
        size_t length = strlen(value);
        if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
            value[length - 1] = '\0';
            value++;
        }
        fact_take(value, ret);
        break;
    }
    if (file)
        fclose(file);
}

void machine_os(char ret[FACT_BYTES])
{
    fact_of_file("/etc/os-release", "PRETTY_NAME=", "=", ret);
}

void machine_kernel(char ret[FACT_BYTES])
{
    struct utsname names;
    fact_take(uname(&names) ? "" : names.release, ret);
}

void machine_cpu(char ret[FACT_BYTES])
{
    fact_of_file("/proc/cpuinfo", "model name", ": ", ret);
}

long machine_cpus(void)
{
    return sysconf(_SC_NPROCESSORS_ONLN);
}

long long machine_memory_bytes(void)
{
    struct sysinfo info;
    return sysinfo(&info) ? 0 : (long long)info.totalram * info.mem_unit;
}
