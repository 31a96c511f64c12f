"""A real Chromium, and ports and questions for what it looks at."""

import base64
import contextlib
import http.client
import json
import os
import select
import shutil
import socket
import subprocess
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

AXE = os.environ.get("AXE", "")  # the path of axe-core, which only make test-all downloads
WIDE, PHONE = (1280, 800), (360, 740)


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


class Browser:
    """A Chromium with one page, driven through its debugging pipe; a context manager.

    Messages are JSON with a NUL behind each (Chromium's --remote-debugging-pipe).
    """

    def __init__(self, folder, flags=()):
        self._folder, self._flags, self._calls, self._received = folder, flags, 0, b""

    def __enter__(self):
        to_chromium, self._in = os.pipe()
        self._out, from_chromium = os.pipe()
        command = [
            "bash", "-c", f'exec "$@" 3<&{to_chromium} 4>&{from_chromium}', "bash", CHROMIUM,
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--lang=en-US",
            "--disable-dev-shm-usage", f"--user-data-dir={self._folder / 'chromium'}",
            "--remote-debugging-pipe", *self._flags, "about:blank",
        ]  # fmt: skip
        environment = {**os.environ, "HOME": str(self._folder), "LANGUAGE": "en_US"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        passed = (to_chromium, from_chromium)
        self._process = subprocess.Popen(command, env=environment, pass_fds=passed, **quiet)
        for end in passed:
            os.close(end)
        self._session = ""
        targets = self._call("Target.getTargets")["targetInfos"]
        target = next(row["targetId"] for row in targets if row["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.resize(*WIDE)
        return self

    def __exit__(self, *exc):
        self._process.kill()
        self._process.wait(30)
        os.close(self._in)
        os.close(self._out)

    def _call(self, method, **params):
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._in, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._received:
                assert select.select([self._out], [], [], 60)[0], "Chromium does not answer"
                chunk = os.read(self._out, 1 << 20)
                assert chunk, "Chromium ended"
                self._received += chunk
            text, _, self._received = self._received.partition(b"\0")
            answer = json.loads(text)
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def resize(self, width, height, dark=False, slower=1):
        """slower: how many times slower than this machine its processor is."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Emulation.setCPUThrottlingRate", rate=slower)

    def open(self, address, ready="true"):
        self._call("Page.navigate", url=address)
        self.wait(f"document.readyState === 'complete' && ({ready})")

    def run(self, script):
        """The value of a script, which may be a promise."""
        done = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait(self, condition, seconds=30.0):
        end = time.monotonic() + seconds
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < end, f"never {condition}"
            time.sleep(0.05)

    def flaws(self):
        """What axe-core finds in the page, and whether it runs off the screen."""
        width = self.run("document.documentElement.scrollWidth - innerWidth")
        found = [["runs off the screen", width]] if width > 0 else []
        if AXE and not self.run("'axe' in window"):
            with open(AXE, encoding="utf-8") as file:
                self.run(f"{file.read()};0")
        return found + self.run(
            "'axe' in window ? axe.run({resultTypes: ['violations']}).then(result =>"
            " result.violations.map(row =>"
            " [row.id, row.nodes[0].html, row.nodes[0].failureSummary])) : []"
        )

    def press(self, key, text=""):
        """One key as the keyboard sends it, as Tab, Enter or a."""
        for kind in ("keyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": key}
            if key == "Enter":
                event.update(windowsVirtualKeyCode=13, text="\r")
            elif key == "Tab":
                event.update(windowsVirtualKeyCode=9)
            elif text:
                event.update(text=text)
            self._call("Input.dispatchKeyEvent", **event)

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._call("Page.captureScreenshot")["data"]))
