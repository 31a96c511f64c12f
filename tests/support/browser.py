"""A real Chromium, and ports and questions for what it looks at."""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, path):
    """The body of a good answer; OSError when there is none."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as web:
        web.request("GET", path)
        answer = web.getresponse()
        if answer.status != 200:
            raise OSError(f"{path} is answered with {answer.status}")
        return answer.read()


def browse(port, folder, part=""):
    """The page's document after a few seconds of the browser's own time. part: # and an id, which
    opens what it is in."""
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", f"--user-data-dir={folder / 'chromium'}",
        "--virtual-time-budget=4000", "--dump-dom", f"http://127.0.0.1:{port}/{part}",
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
    return done.stdout.decode()
