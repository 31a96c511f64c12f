"""Nothing waits without a limit, and every certificate is verified: by reading the code."""

import ast
import functools
import glob
import os
import re
from typing import Dict, Iterator, List, Optional, Tuple

import pytest

from support import LIB, ROOT

PROGRAMS = ("service.py", "lib/script.py", "bin/tv_grab_gracenote2epg", "tools/*.py")

# Lines that wait without a limit: file, beginning of the line, reason.
MAY_WAIT: Tuple[Tuple[str, str, str], ...] = (
    ("cli/configure.py", "self._answers.readline()", "for a person"),
    ("demo/server.py", "self._listener.shutdown()", "its loop checks every 0.02 s"),
    ("demo/server.py", "self.rfile.read(", "for our own client, in a daemon thread"),
    ("downloader/worker_pool.py", "old.shutdown(", "not for what it has to do"),
    ("downloader/worker_pool.py", "executor.shutdown(", "its sockets are shut down by then"),
    ("net/sockets.py", "socket.getaddrinfo(", "the system's resolver has limits of its own"),
    ("kodi/ui/dialogs.py", "thread.result()", "of a job that has ended"),
    ("kodi/ui/page.py", "dialogs.wait_for(", "for a person, or until Kodi quits"),
    ("net/http_handler.py", "self.rfile.read(", "for CLIENT_TIMEOUT; then drop_slow ends it"),
    ("net/sockets.py", "watcher.join()", "it looks every 0.1 s, and its end is set before"),
    ("kodi/service/web_page.py", "changed.wait()", "a thread of its own, until the page is closed"),
    ("kodi/service/run.py", "self._predecessor.join()", "in its own thread, for a run that stops"),
    ("cli/stdio.py", "os.write(", "whoever reads what we write sets the pace"),
    ("../../tools/mutants.py", "subprocess.run(", "for git, and for tests that must end first"),
    ("../../tools/mutants.py", "subprocess.Popen(", "the wait for it is what has the limit"),
    ("net/server.py", "selector.select(timeout)", "for clients, and for close()"),
)  # fmt: skip

# Calls that wait, and which of their arguments is the limit.
TIMED = {
    "clock.wait": 1, "_clock.wait": 1, "SYSTEM.wait": 1, "watch": 1,
    "join": 0, "wait": 0, "wait_for": 1, "acquire": 1, "result": 0, "waitForAbort": 0,
    "select.select": 3, "queue.get": 1, "communicate": 1,
    "sqlite3.connect": 1, "urllib.request.urlopen": 2, "socket.create_connection": 1,
    "http.client.HTTPConnection": 2, "http.client.HTTPSConnection": 2, "subprocess.run": 99,
    "subprocess.call": 99, "subprocess.check_call": 99, "subprocess.check_output": 99,
    "requests.get": 99, "requests.post": 99, "requests.request": 99, "_session.get": 99,
    "_session.post": 99, "_session.request": 99,
}  # fmt: skip
# Calls that wait for the other side: the same function has to set a limit on the socket.
OF_SOCKETS = ("connect", "recv", "accept", "sendall")
SOCKETS = ("sock", "there", "request", "client", "self.connection")
# Calls that wait and accept no limit.
ENDLESS = ("serve_forever", "readline", "getaddrinfo", "waitpid", "rfile.read", "os.write",
           "Popen", "_listener.shutdown")  # fmt: skip
LOCKS = ("lock", "guard", "changed")


class Call:
    def __init__(self, path: str, source: str, call: ast.Call, within: Optional[ast.AST]) -> None:
        self.path, self.call, self.within = path, call, within
        self._source = source
        self.name = _name(call.func)
        self.last = self.name.rpartition(".")[2]
        self.keywords = {keyword.arg for keyword in call.keywords}

    @property
    def code(self) -> str:
        return " ".join((ast.get_source_segment(self._source, self.call) or "").split())

    @property
    def where(self) -> str:
        return f"{self.path}:{self.call.lineno}: {self.code}"


@functools.lru_cache(maxsize=None)
def sources() -> Dict[str, str]:
    """The text of each file, by its path from the package."""
    texts = {}
    for pattern in ("lib/**/*.py", *PROGRAMS):
        for path in sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True)):
            with open(path, encoding="utf-8") as file:
                texts[os.path.relpath(path, os.path.join(LIB, "gracenote2epg"))] = file.read()
    return texts


@pytest.fixture(scope="module", name="calls")
def _all_calls() -> List[Call]:
    return [call for path, source in sources().items() for call in _calls(path, source)]


def _calls(path: str, source: str) -> Iterator[Call]:
    left: List[Tuple[ast.AST, Optional[ast.AST]]] = [(ast.parse(source), None)]
    while left:
        node, within = left.pop()
        if isinstance(node, ast.Call):
            yield Call(path, source, node, within)
        within = node if isinstance(node, ast.FunctionDef) else within
        left += [(child, within) for child in ast.iter_child_nodes(node)]


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _has_limit(call: Call, place: int) -> bool:
    limits = [keyword.value for keyword in call.call.keywords if keyword.arg == "timeout"]
    limits += call.call.args[place : place + 1]
    return any(getattr(node, "value", node) is not None for node in limits)


def _sets_a_limit(call: Call) -> bool:
    """Whether the function around the call sets one on a socket."""
    around = ast.walk(call.within or call.call)
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("settimeout", "setblocking")
        for node in around
    )


def waits(call: Call) -> bool:
    if "blocking" in call.keywords:  # that is False
        return False
    for name, place in TIMED.items():
        if call.name == name or call.name.endswith(f".{name}"):
            return not _has_limit(call, place)
    receiver = call.name.rpartition(".")[0]
    if call.last == "select" and receiver in ("selector", "waiting"):
        return not any(isinstance(node, ast.Name) and node.id.isupper() for node in call.call.args)
    if call.last in OF_SOCKETS and receiver in SOCKETS:
        return not _sets_a_limit(call)
    if call.last == "get":  # without a key: a queue's
        return not call.call.args and "timeout" not in call.keywords
    if call.last == "shutdown" and "wait" in call.keywords:  # an executor's
        return True
    return call.name == "input" or f".{call.name}".endswith(tuple(f".{name}" for name in ENDLESS))


def test_waits_have_a_limit_or_a_reason(calls):
    unexplained, used = [], set()
    for call in filter(waits, calls):
        rows = [row for row in MAY_WAIT if row[0] == call.path and call.code.startswith(row[1])]
        used.update(rows)
        unexplained += [] if rows else [call.where]
    assert unexplained == []
    assert set(MAY_WAIT) == used  # no outdated reasons


BOUNDED = ("thread.join(5)", "', '.join(words)", "stop.wait(0.2)", "stop.wait(timeout=1)",
           "values.get(key)", "clock.watch(bell, 1)", "self._clock.wait(stop, 1)",
           "queue.get(timeout=1)", "future.result(timeout=0)",
           "select.select((), (out,), (), 5)", "sqlite3.connect(path, timeout=5)",
           "requests.get(url, timeout=5)", "subprocess.run(command, timeout=5)",
           "def f():\n sock.settimeout(5)\n sock.recv(100)", "sock.shutdown(how)",
           "self._kodi.waitForAbort(1)")  # fmt: skip
UNBOUNDED = ("thread.join()", "thread.join(None)", "stop.wait()", "lock.acquire()", "queue.get()",
             "future.result()", "selector.select()", "select.select((), (out,), ())",
             "sqlite3.connect(path)", "requests.get(url)", "self._session.get(url, params=1)",
             "urllib.request.urlopen(url)", "subprocess.run(command)", "sock.recv(100)",
             "clock.wait(stop, None)", "clock.watch(bell, None)",
             "pool.shutdown(wait=True)", "input()", "self._kodi.waitForAbort()")  # fmt: skip


def test_the_check_recognizes_waits():
    def waiting(line):
        return any(map(waits, _calls("some.py", line)))

    assert [line for line in BOUNDED if waiting(line)] == []
    assert [line for line in UNBOUNDED if not waiting(line)] == []


def test_no_lock_is_held_while_waiting():
    """Or acquiring the lock could wait without a limit."""
    slow = (*TIMED, *OF_SOCKETS, "sleep", "getaddrinfo", "request", "urlopen", "execute")
    held, waiting = 0, []
    for path, source in sources().items():
        if not re.search(r"\bwith .*(lock|guard|changed)", source, re.IGNORECASE):
            continue
        for node in ast.walk(ast.parse(source)):
            names = [_name(item.context_expr) for item in getattr(node, "items", ())]
            if not any(mark in name.lower() for name in names for mark in LOCKS):
                continue
            held += 1
            inner = {
                _name(call.func)
                for part in node.body
                for call in ast.walk(part)
                if isinstance(call, ast.Call)
            } - {f"{name}.{what}" for name in names for what in ("wait", "wait_for")}
            waiting += [(path, name) for name in inner if name.rpartition(".")[2] in slow]
    assert waiting == []
    assert held > 5


def test_certificates_are_verified_and_no_redirect_is_followed(calls):
    bad = ("_create_unverified_context", "disable_warnings", "CERT_NONE", "check_hostname")
    assert [(path, word) for path, text in sources().items() for word in bad if word in text] == []
    for call in calls:
        values = {given.arg: getattr(given.value, "value", "") for given in call.call.keywords}
        assert values.get("verify", True) is not False, call.where
        if call.name.endswith(("_session.request", "_session.get", "_session.post")):
            assert values["allow_redirects"] is False, call.where
    sessions = [call.name for call in calls if call.name.split(".")[-1] == "Session"]
    assert len(sessions) == 2  # net.session.Session, and no other
    assert "requests.Session" not in sessions
