"""Builds what a release consists of, the same bytes each time, from a clean checkout.

release.py FOLDER [URL]

Writes wheel, sdist, the add-on's zip and SHA256SUMS to FOLDER; with URL, the address of a web
space, also the Kodi repository for it. It needs the package `build`; `make release` installs it.
"""

import contextlib
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from typing import List, Sequence

from make_repository import make_repository
from make_zip import ADDON, ROOT, make_zip


def check() -> str:
    """Return the version. Raises SystemExit naming what keeps this checkout from being one."""
    if _git("status", "--porcelain"):
        raise SystemExit("The checkout has changes: commit them first.")
    found = {
        "lib/gracenote2epg/__init__.py": r'^__version__ = "(.+)"',
        "addon.xml": r'<addon id=.* version="(\S+)"',
        "CHANGELOG.md": r"^## (\d\S+)",
    }
    versions = {}
    for name, pattern in found.items():
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            match = re.search(pattern, file.read(), re.MULTILINE)
        versions[name] = match.group(1) if match else "none"
    if len(set(versions.values())) > 1:
        names = ", ".join(f"{name} has {version}" for name, version in versions.items())
        raise SystemExit(f"The versions differ: {names}.")
    return versions["addon.xml"]


def build(folder: str, version: str, url: str = "") -> List[str]:
    """Build into ``folder``, anew; return the names of the files."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    committed_at = _git("log", "-1", "--format=%ct")
    with tempfile.TemporaryDirectory() as work:
        _git("checkout-index", "--all", f"--prefix={work}/")  # nothing that git does not know
        subprocess.run(
            [sys.executable, "-m", "build", "--outdir", os.path.abspath(folder), work],
            check=True,
            timeout=600,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": committed_at},
        )
    for name in os.listdir(folder):
        if name.endswith(".tar.gz"):
            _repack(os.path.join(folder, name), int(committed_at))
    addon_zip = os.path.join(folder, f"{ADDON}-{version}.zip")
    make_zip(addon_zip)
    names = sorted(os.listdir(folder))
    with open(os.path.join(folder, "SHA256SUMS"), "w", encoding="ascii") as sums:
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                sums.write(f"{hashlib.sha256(file.read()).hexdigest()}  {name}\n")
    if url:
        make_repository(os.path.join(folder, "repository"), url, addon_zip)
    return [*names, "SHA256SUMS"]


def _repack(path: str, at: int) -> None:
    """Give the sdist and all in it one date and one owner: setuptools takes those of the moment."""
    with contextlib.ExitStack() as closing:
        old = closing.enter_context(tarfile.open(path))
        raw = closing.enter_context(open(f"{path}.new", "wb"))
        packed = closing.enter_context(gzip.GzipFile("", "wb", 9, raw, at))
        new = closing.enter_context(tarfile.open(fileobj=packed, mode="w"))
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            content = old.extractfile(member) if member.isfile() else None
            member.mtime, member.uid, member.gid, member.pax_headers = at, 0, 0, {}
            member.uname = member.gname = ""
            member.mode = 0o755 if member.mode & 0o100 else 0o644
            new.addfile(member, content)
    os.replace(f"{path}.new", path)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", ROOT, *arguments], check=True, timeout=60, stdout=subprocess.PIPE
    )
    return done.stdout.decode().strip()


def main(arguments: Sequence[str]) -> None:
    if not arguments:
        raise SystemExit("release.py FOLDER [URL]")
    version = check()
    for name in build(arguments[0], version, *arguments[1:]):
        sys.stdout.write(f"{os.path.join(arguments[0], name)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
