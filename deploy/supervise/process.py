"""One supervised process: started, watched, restarted with a growing pause, stopped."""
import os
import signal
import subprocess
import time

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10
CALM_S = 10         # after so long without a death the pause is short again
LOG_BYTES = 8 << 20


class Process:
    def __init__(self, name, argv, state, user=None, stdin=None, settle=None):
        """settle() is called until it says True, after each start; user None: whoever we are."""
        self.name, self.argv = name, [str(word) for word in argv]
        self.user, self.stdin, self.settle = user, stdin, settle
        self.log = state.log(name)
        self.child = None
        self.settled = True
        self.due = 0
        self.pause_s = FIRST_PAUSE_S
        self.began = 0

    @property
    def pid(self):
        return self.child.pid if self.child else None

    def look(self):
        """Start it when it is due, note its death. Returns what is worth telling people, or None."""
        if self.child and self.child.poll() is not None:
            status, self.child = self.child.returncode, None
            return self.ended(told(status))
        if not self.child and time.monotonic() >= self.due:
            try:
                self.start()
            except OSError as error:
                return self.ended(str(error))   # being built anew, perhaps
        if not self.settled:
            self.settled = self.settle()
        return None

    def start(self):
        identity = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        self.began = time.monotonic()
        # No link: the file may stand in the user's own folder, and we open it as root.
        with open(self.log, "ab") as log, open(self.stdin or os.devnull, "rb", opener=open_no_link) as source:
            self.child = subprocess.Popen(self.argv, stdin=source, stdout=log, stderr=log, start_new_session=True,
                                          preexec_fn=unblock_signals, **identity)
        self.settled = self.settle is None

    def ended(self, how):
        now = time.monotonic()
        if now - self.began > CALM_S:
            self.pause_s = FIRST_PAUSE_S
        self.due = now + self.pause_s
        news = f"{self.name} ended ({how}), starts again in {self.pause_s:.1f} s; {self.last_line()}"
        self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
        return news

    def signal(self, number):
        if self.child and self.child.poll() is None:
            self.child.send_signal(number)

    def running(self):
        return self.child is not None and self.child.poll() is None

    def kill_group(self):
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def last_line(self):
        if not os.path.exists(self.log):
            return "it said nothing"
        with open(self.log, "rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 2000))
            lines = log.read().decode(errors="replace").splitlines()
        return f"last words: {lines[-1]}" if lines else "it said nothing"

    def bound_log(self):
        """Keep one old log. The process goes on writing to the same file, at its new end."""
        if os.path.getsize(self.log) > LOG_BYTES:
            with open(self.log, "rb") as log, open(f"{self.log}.1", "wb") as old:
                old.write(log.read(LOG_BYTES))
            os.truncate(self.log, 0)


def told(status):
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def open_no_link(path, flags):
    return os.open(path, flags | os.O_NOFOLLOW)


def unblock_signals():
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
