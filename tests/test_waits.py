"""Nothing waits without a bound, and no certificate goes unseen: by what the code itself says."""

import ast
import glob
import os
from typing import Iterator, List, Optional, Tuple

import pytest

from support import ROOT

PROGRAMS = ("service.py", "action.py", "bin/tv_grab_gracenote2epg", "tools/*.py")

# What waits without a limit of its own, by file and how the line begins, and why it may.
MAY_WAIT: Tuple[Tuple[str, str, str], ...] = (
    ("configure.py", "self._answers.readline()", "for a person"),
    ("demo/delivery.py", "selector.select(seconds)", "the stand-in's fault is to hang"),
    ("demo/server.py", "request.recv(65536)", "the stand-in's fault is to be mute"),
    ("demo/server.py", "self._listener.shutdown()", "its loop looks every 0.02 s"),
    ("demo/server.py", "self.rfile.read(", "for our own client, until the stand-in ends"),
    ("downloader/worker_pool.py", "old.shutdown(", "not for what it has to do"),
    ("downloader/worker_pool.py", "executor.shutdown(", "its sockets are shut down by then"),
    ("gracenote/wire.py", "socket.getaddrinfo(", "the system's resolver has limits of its own"),
    ("kodi/dialogs.py", "current.result()", "of a job that has ended"),
    ("kodi/page.py", "stop.wait()", "a thread that does nothing else, until the page is closed"),
    ("kodi/runs.py", "self._after.join()", "in a run's own thread, for one that was told to stop"),
    ("streams.py", "os.write(", "whoever reads what we write sets the pace"),
    ("web/server.py", "waiting.select(patience)", "for callers, and for the bell that ends it"),
)

# What waits until something happens, and which of its arguments says for how long at most.
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
# What waits for the other side, and needs a limit set on the socket in the same function.
OF_SOCKETS = ("connect", "recv", "accept", "sendall")
SOCKETS = ("sock", "there", "request", "client", "self.connection")
# What waits, and knows no limit.
ENDLESS = ("serve_forever", "readline", "getaddrinfo", "waitpid", "rfile.read", "os.write",
           "Popen", "_listener.shutdown")  # fmt: skip
LOCKS = ("lock", "guard", "changed")


class Found:
    """A call, the function that it stands in, and its text."""

    def __init__(self, path: str, source: str, call: ast.Call, within: Optional[ast.AST]) -> None:
        self.path, self.call, self.within = path, call, within
        self._source = source
        self.name = _name(call.func)
        self.last = self.name.rpartition(".")[2]
        self.keywords = {one.arg for one in call.keywords}

    @property
    def code(self) -> str:
        return " ".join((ast.get_source_segment(self._source, self.call) or "").split())

    @property
    def where(self) -> str:
        return f"{self.path}:{self.call.lineno}: {self.code}"


def files() -> Iterator[str]:
    yield from glob.glob(os.path.join(ROOT, "lib", "**", "*.py"), recursive=True)
    for pattern in PROGRAMS:
        yield from glob.glob(os.path.join(ROOT, pattern))


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _calls(path: str) -> Iterator[Found]:
    with open(path, encoding="utf-8") as file:
        source = file.read()
    shown = os.path.relpath(path, os.path.join(ROOT, "lib", "gracenote2epg"))

    def walk(node: ast.AST, within: Optional[ast.AST]) -> Iterator[Found]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield Found(shown, source, child, within)
            inner = child if isinstance(child, (ast.FunctionDef, ast.Lambda)) else within
            yield from walk(child, inner if not isinstance(child, ast.Lambda) else within)

    yield from walk(ast.parse(source), None)


CALLS: List[Found] = [call for path in sorted(files()) for call in _calls(path)]


def _says_how_long(call: Found, place: int) -> bool:
    given = [one.value for one in call.call.keywords if one.arg == "timeout"]
    given += call.call.args[place : place + 1]
    return any(not isinstance(one, ast.Constant) or one.value is not None for one in given)


def _sets_a_limit(call: Found) -> bool:
    """Whether the function that the call stands in sets one on a socket."""
    around = ast.walk(call.within or call.call)
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("settimeout", "setblocking")
        for node in around
    )


def waits(call: Found) -> bool:
    """Whether it may wait for ever, as far as the line shows."""
    for name, place in TIMED.items():
        if f".{call.name}".endswith(f".{name}"):
            return not _says_how_long(call, place)
    receiver = call.name.rpartition(".")[0]
    if call.last == "select" and receiver in ("selector", "waiting"):  # a name may be None
        return not any(isinstance(one, ast.Name) and one.id.isupper() for one in call.call.args)
    if call.last in OF_SOCKETS and receiver in SOCKETS:
        return not _sets_a_limit(call)
    if call.last == "get":  # a dictionary's has a key; a queue's need not have anything
        return not call.call.args and "timeout" not in call.keywords
    if call.last == "shutdown" and "wait" in call.keywords:  # an executor's
        return True
    return call.name == "input" or f".{call.name}".endswith(tuple(f".{name}" for name in ENDLESS))


def test_what_waits_has_a_limit_or_a_reason_to_have_none():
    unexplained, used = [], set()
    for call in filter(waits, CALLS):
        rows = [row for row in MAY_WAIT if row[0] == call.path and call.code.startswith(row[1])]
        used.update(rows)
        unexplained += [] if rows else [call.where]
    assert unexplained == []
    assert set(MAY_WAIT) == used  # a reason for what is no more is none


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("thread.join()", True), ("thread.join(5)", False), ("thread.join(None)", True),
        ("', '.join(words)", False), ("stop.wait()", True), ("stop.wait(0.2)", False),
        ("clock.wait(stop, None)", True), ("self._clock.wait(stop, 1)", False),
        ("clock.watch(bell, None)", True), ("clock.watch(bell, 1)", False),
        ("stop.wait(timeout=1)", False), ("lock.acquire()", True), ("queue.get()", True),
        ("values.get(key)", False), ("queue.get(timeout=1)", False), ("future.result()", True),
        ("future.result(timeout=0)", False), ("selector.select()", True),
        ("select.select((), (out,), ())", True), ("select.select((), (out,), (), 5)", False),
        ("sqlite3.connect(path)", True), ("sqlite3.connect(path, timeout=5)", False),
        ("requests.get(url)", True), ("requests.get(url, timeout=5)", False),
        ("self._session.get(url, params=1)", True), ("urllib.request.urlopen(url)", True),
        ("subprocess.run(command)", True), ("subprocess.run(command, timeout=5)", False),
        ("sock.recv(100)", True), ("def f():\n sock.settimeout(5)\n sock.recv(100)", False),
        ("pool.shutdown(wait=True)", True), ("sock.shutdown(how)", False), ("input()", True),
        ("self._kodi.waitForAbort()", True), ("self._kodi.waitForAbort(1)", False),
    ],
)  # fmt: skip
def test_the_watchdog_knows_what_waits(tmp_path, line, bad):
    path = tmp_path / "some.py"
    path.write_text(line, encoding="utf-8")
    assert any(map(waits, _calls(str(path)))) is bad


def test_nobody_waits_while_holding_a_lock():
    """So a lock is held for as long as it takes to change a few values: that is its limit."""
    found = 0
    for path in files():
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            if not isinstance(node, ast.With):
                continue
            names = [_name(item.context_expr) for item in node.items]
            if not any(mark in name.lower() for name in names for mark in LOCKS):
                continue
            found += 1
            inner = [one for part in node.body for one in ast.walk(part)]
            waiting = {_name(one.func) for one in inner if isinstance(one, ast.Call)}
            slow = (*TIMED, *OF_SOCKETS, "sleep", "getaddrinfo", "request", "urlopen", "execute")
            own = {f"{name}.{what}" for name in names for what in ("wait", "wait_for")}
            assert not [one for one in waiting - own if one.rpartition(".")[2] in slow], path
    assert found > 5


def test_every_certificate_is_looked_at_and_no_redirection_is_followed():
    bad = ("_create_unverified_context", "disable_warnings", "CERT_NONE", "check_hostname")
    for path in files():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert not [word for word in bad if word in text], path
    for call in CALLS:
        values = {one.arg: getattr(one.value, "value", "") for one in call.call.keywords}
        assert values.get("verify", True) is not False, call.where
        if call.name.endswith(("_session.request", "_session.get", "_session.post")):
            assert values["allow_redirects"] is False, call.where
    assert sum(call.name.endswith("Session") for call in CALLS) == 2  # wire.Session, and no other
    assert not any(call.name == "requests.Session" for call in CALLS)
