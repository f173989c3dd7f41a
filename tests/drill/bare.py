"""A root folder with some programs, what they are linked with, and nothing else: a machine on which nothing is installed."""
import pathlib
import re
import shutil
import subprocess

FILES = ("/etc/nsswitch.conf", "/etc/passwd")


def resolved(program):
    return pathlib.Path(program if "/" in str(program) else shutil.which(program))


def libraries(program):
    said = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", said)


def put(root, source, place):
    to = root / str(place).lstrip("/")
    if not to.exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, to)


def make(root, *programs):
    """Under root; each program is then /bin/NAME. There is /tmp, and there are /dev/null and /dev/urandom."""
    for folder in ("bin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    for program in map(resolved, programs):
        put(root, program, f"/bin/{program.name}")
        for library in libraries(program):
            put(root, library, library)
    for file in FILES:
        put(root, file, file)
    for folder, mode in (("tmp", 0o1777), ("dev", 0o755), ("proc", 0o555), ("root", 0o700)):
        (root / folder).mkdir(exist_ok=True)
        (root / folder).chmod(mode)
    for name, minor in (("null", 3), ("urandom", 9)):
        subprocess.run(["mknod", "-m", "666", root / "dev" / name, "c", "1", str(minor)], check=True)
    return root
