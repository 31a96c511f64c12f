"""A guide sent to Tvheadend's socket, its module External: XMLTV."""

import contextlib
import os
import socket
import threading

import pytest

from support.browser import free_port


class Socket:
    """One connection is one document. ``arrived`` counts them."""

    def __init__(self, folder):
        self.path = os.path.join(str(folder), "xmltv.sock")
        self.documents = []
        self.arrived = threading.Semaphore(0)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with contextlib.suppress(OSError):
            while True:
                with self._listener.accept()[0] as connection:
                    chunks = iter(lambda: connection.recv(1 << 16), b"")
                    self.documents.append(b"".join(chunks).decode())
                self.arrived.release()

    def close(self):
        with contextlib.suppress(OSError):  # it is closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()


@pytest.fixture(name="sock")
def _sock(tmp_path):
    listening = Socket(tmp_path)
    yield listening
    listening.close()


def test_the_guide_is_sent_to_tvheadends_socket(terminal, sock):
    output = ("--output", f"unix:{sock.path}")
    for result in (terminal.grab(*output), terminal.grab(*output)):
        assert (result.code, result.out, result.err) == (0, "", "")
    by_hand = ("--postal", "90210", *output)
    assert terminal.run(*by_hand).err == ""
    for _ in range(3):
        assert sock.arrived.acquire(timeout=20)
    with terminal.serving("--serve", *by_hand, "--monitoring-port", str(free_port())) as results:
        assert sock.arrived.acquire(timeout=20)
    assert (results[0].code, results[0].err, len(terminal.stdout_copies)) == (0, "", 1)
    first, second, third, fourth = sock.documents
    assert first == second == third == fourth
    assert first.startswith("<?xml")
    assert first.endswith("</tv>\n")


@pytest.mark.parametrize("kind", ["missing", "nobody", "file", "long"])
def test_a_socket_that_fails_is_one_line_and_the_guide_is_kept(terminal, kind):
    path = os.path.join(terminal.home, "xmltv.sock" if kind != "long" else "x" * 200)
    if kind == "nobody":
        with socket.socket(socket.AF_UNIX) as closed:
            closed.bind(path)
    elif kind == "file":
        with open(path, "w", encoding="utf-8") as file:
            file.write("a file")
    result = terminal.grab("--output", f"unix:{path}")
    assert result.failed(7)
    assert "External: XMLTV" in result.err
    assert terminal.grab().is_guide
