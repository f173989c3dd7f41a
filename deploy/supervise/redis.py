"""Redis: on a Unix socket only, nothing on disk, settings from `vedette init`."""
import os
import socket
import stat

from supervise.process import Process

OWN_SOCKET = "redis/redis.sock"
SHARED_SOCKET = "redis.sock"


def redis(state):
    # The file is given as standard input: its absolute path may lead through folders that the Redis user cannot enter.
    return Process("redis", ["redis-server", "-"], state, user=state.user("redis"), stdin="redis/redis.conf",
                   settle=publish)


def publish():
    """Redis may write only in its own folder, so its socket is moved to where the services look for it."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(OWN_SOCKET)
            found = os.open(OWN_SOCKET, os.O_PATH | os.O_NOFOLLOW)
        except OSError:
            return False
    try:
        # The folder is Redis's own: of what stands there now, only a socket may be opened to everybody.
        if not stat.S_ISSOCK(os.fstat(found).st_mode):
            return False
        os.chmod(f"/proc/self/fd/{found}", 0o666)    # the ACL's passwords guard it
    finally:
        os.close(found)
    os.replace(OWN_SOCKET, SHARED_SOCKET)
    return True
