"""Packages of other versions of the agent, made of this build's: the same programs under another version, or broken ones."""
import contextlib
import gzip
import io
import subprocess
import tarfile

from harness import BUILD

PROGRAMS = ("vedette-agent", "vedette-agent-carry", "vedette-agent-work")     # each says its version
OTHERS = ("vedette-agent-look", "vedette-agent-backup", "vedette-agent-restore")
OWN, PLATFORM = subprocess.run([BUILD / "vedette-agent", "--version"], stdout=subprocess.PIPE, text=True).stdout.split()[1:]


def later(patch):
    """A version as long as our own, so that it fits where that stands in the programs."""
    major, minor, _ = OWN.split(".")
    version = f"{major}.{minor}.{patch}"
    assert len(version) == len(OWN) and version > OWN, version
    return version


def as_version(program, version):
    """The same program, which says another version of itself."""
    own = OWN.encode() + b"\0"
    assert own in program
    return program.replace(own, version.encode() + b"\0")


def script(name, version, does):
    """A program that says its version as it should, and else does something else."""
    return f"""#!/bin/sh
[ "$1" = --version ] && exec echo "{name} {version} {PLATFORM}"
{does}
""".encode()


def files(version, **broken):
    """Name → bytes of a package. broken: what a program does instead, by the end of its name (agent, work)."""
    found = {"VERSION": f"vedette-agent {version} {PLATFORM}\n".encode()}
    for name in PROGRAMS:
        does = broken.get(name.rpartition("-")[2])
        found[name] = script(name, version, does) if does else as_version((BUILD / name).read_bytes(), version)
    return found | {name: (BUILD / name).read_bytes() for name in OTHERS}


@contextlib.contextmanager
def archive():
    """A list to which entries are added: (TarInfo, bytes); and the package that comes of it."""
    entries, packed = [], io.BytesIO()
    yield entries, packed
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    packed.write(gzip.compress(plain.getvalue(), 1, mtime=0))


def entry(name, data=b"", **members):
    info = tarfile.TarInfo(f"vedette-agent/{name}" if name else "vedette-agent")
    info.size, info.mode = len(data), 0o755
    for member, value in members.items():
        setattr(info, member, value)
    return info, data


def package(contents, *more):
    """Of name → bytes, in the form in which the Makefile packs one, and entries behind them."""
    with archive() as (entries, packed):
        entries.append(entry("", type=tarfile.DIRTYPE))
        entries += [entry(name, data) for name, data in sorted(contents.items())]
        entries += more
    return packed.getvalue()
