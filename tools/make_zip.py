"""Makes the add-on's zip of a commit: what git archive holds, as every Kodi unpacks it.

make_zip.py FILE [COMMIT]

No file is executable: git has bin/ executable to run the grabber from a checkout, but Kodi's
repository refuses such files, and LibreELEC sets the modes of bin/ itself. The same commit makes
the same bytes.
"""

import io
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from typing import Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ADDON = "service.gracenote2epg"
FILE, FOLDER = 0o100644, 0o040755
UNIX = 3  # the system whose file modes these are


def make_zip(path: str, commit: str = "HEAD") -> None:
    """Write the zip of a commit to ``path``."""
    archive = _git("archive", f"--prefix={ADDON}/", commit)
    date = time.gmtime(int(_git("log", "-1", "--format=%ct", commit)))[:6]
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar, zipfile.ZipFile(path, "w") as packed:
        for member in sorted(tar.getmembers(), key=lambda info: info.name):
            content = tar.extractfile(member)
            name = member.name if content else f"{member.name}/"
            entry = zipfile.ZipInfo(name, date)
            entry.create_system = UNIX
            entry.external_attr = (FILE if content else FOLDER) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED if content else zipfile.ZIP_STORED
            packed.writestr(entry, content.read() if content else b"")


def _git(*words: str) -> bytes:
    """What git prints. Raises SystemExit where there is none, or no repository."""
    try:
        return subprocess.run(
            ["git", "-C", ROOT, *words], check=True, timeout=60, stdout=subprocess.PIPE
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise SystemExit(
            "The zip is made of a commit, by git, in a clone. A release has it as a file."
        ) from None


def main(arguments: Sequence[str]) -> None:
    make_zip(*arguments)
    sys.stdout.write(f"{arguments[0]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
