#include <arpa/inet.h>
#include <ifaddrs.h>
#include <mntent.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "agent/machine.h"

#define DISKS_MAX 32
#define ADDRESSES_MAX 64

/* A device mounted twice (bind mounts, a service's own view) is one disk: the first mount stands for it. */
static bool is_listed(const json_t *devices, const char *device)
{
    return json_object_get(devices, device) != NULL;
}

static int add_disk(json_t *disks, const struct mntent *mount)
{
    struct statvfs size;
    if (statvfs(mount->mnt_dir, &size) || !size.f_blocks)
        return -1;
    return json_array_append_new(disks, json_pack("{s:s, s:s, s:I}", "mount", mount->mnt_dir, "type", mount->mnt_type,
                                            "bytes", (json_int_t)size.f_blocks * (json_int_t)size.f_frsize));
}

json_t *machine_disks(void)
{
    struct mntent mount;
    char strings[4096];
    json_t *disks = json_array(), *devices = json_object();
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    while (mounts && json_array_size(disks) < DISKS_MAX && getmntent_r(mounts, &mount, strings, sizeof(strings))) {
        /* Only what stands on a block device of this machine. */
        if (strncmp(mount.mnt_fsname, "/dev/", 5) || is_listed(devices, mount.mnt_fsname))
            continue;
        if (!add_disk(disks, &mount))
            json_object_set_new(devices, mount.mnt_fsname, json_true());
    }
    if (mounts)
        endmntent(mounts);
    json_decref(devices);
    return disks;
}

/* Numeric text of an address worth reporting; false for loopback, link-local and other families. */
static bool address_text(const struct ifaddrs *found, char ret[INET6_ADDRSTRLEN])
{
    if (!found->ifa_addr || found->ifa_flags & IFF_LOOPBACK || !(found->ifa_flags & IFF_UP))
        return false;
    if (found->ifa_addr->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)found->ifa_addr;
        return inet_ntop(AF_INET, &v4->sin_addr, ret, INET6_ADDRSTRLEN);
    }
    if (found->ifa_addr->sa_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)found->ifa_addr;
    return !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) && inet_ntop(AF_INET6, &v6->sin6_addr, ret, INET6_ADDRSTRLEN);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

json_t *machine_addresses(void)
{
    char texts[ADDRESSES_MAX][INET6_ADDRSTRLEN];
    size_t count = 0;
    struct ifaddrs *all = NULL;
    json_t *addresses = json_array();
    if (getifaddrs(&all))
        all = NULL;
    for (const struct ifaddrs *one = all; one && count < ADDRESSES_MAX; one = one->ifa_next)
        count += address_text(one, texts[count]);
    freeifaddrs(all);
    /* In a fixed order, so that the kernel's own does not look like a change. */
    qsort(texts, count, sizeof(texts[0]), compare_texts);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(addresses, json_string(texts[i]));
    return addresses;
}
