"""What only a process shows: signals, pipes, terminals, locales, imports, and the entry points.

The grabber is called as Tvheadend calls it, with the system's clock.
"""

import ast
import contextlib
import glob
import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.config.settings import ADDON_ID
from support import text_of
from support.browser import free_port
from support.guides import DTD
from support.machine import GRABBER, ROOT, Box, Tvheadend, python_on_path

pytestmark = pytest.mark.slow

HERE = ("--postal", "90210")
PROGRAM = [sys.executable, "-m", "gracenote2epg"]


CAPABILITIES = b"baseline\nmanualconfig\npreferredmethod\ncache\napiconfig\n"
needs_xmltv = pytest.mark.skipif(
    not shutil.which("tv_validate_grabber"), reason="xmltv-util is not installed"
)


@pytest.fixture(name="server")
def _server():
    with FakeGracenote(World(8, 24)) as server:
        yield server


@pytest.fixture(name="box")
def _box(server, tmp_path):
    return Box(server, tmp_path)


@pytest.fixture(name="tvheadend")
def _tvheadend(box):
    return Tvheadend(box)


def output(*command, cwd="/", **environment):
    """The stdout of a process with this environment only; its stderr is empty."""
    result = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, check=True)
    assert result.stderr == b""
    return result.stdout


def imports(*command, **environment):
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        env=environment,
        capture_output=True,
        check=True,
    )
    return set(re.findall(r"\| +(\S+)", result.stderr.decode()))


# Static answers


def test_static_answers_need_no_home_file_or_network(tmp_path):
    path = f"{python_on_path(tmp_path)}:/usr/bin:/bin"
    for home in ({}, {"HOME": "/nonexistent"}, {"HOME": "/"}):
        text = output(GRABBER, "--capabilities", PATH=path, LC_ALL="C", **home)
        assert text == CAPABILITIES
    assert os.listdir(tmp_path) == ["python"]


def test_static_answers_take_a_fifth_of_a_second_and_import_nothing_heavy():
    seconds = []
    for _ in range(5):
        began = time.monotonic()
        output(sys.executable, GRABBER, "--description")
        seconds.append(time.monotonic() - began)
    assert min(seconds) < 0.2
    ours = {f"gracenote2epg{name}" for name in ("", ".__main__", ".cli", ".cli.grabber_info")}
    for option in ("--description", "--capabilities"):
        imported = imports(GRABBER, option)
        assert {name for name in imported if name.startswith("gracenote2epg")} == ours


# The entry points


def test_it_finds_its_library_through_links(tmp_path):
    (tmp_path / "one").mkdir()
    os.symlink(GRABBER, tmp_path / "one" / "tv_grab_first")
    os.symlink("one/tv_grab_first", tmp_path / "tv_grab_second")
    os.symlink(tmp_path / "one", tmp_path / "two")
    path = f"{python_on_path(tmp_path)}:/usr/bin:/bin"
    for name in ("one/tv_grab_first", "tv_grab_second", "two/tv_grab_first"):
        for cwd in ("/", "/usr"):
            text = output(tmp_path / name, "--capabilities", cwd=cwd, PATH=path)
            assert text == CAPABILITIES


def test_an_older_python_and_a_missing_library_are_one_line(tmp_path):
    with open(GRABBER, encoding="ascii") as file:
        text = file.read()
    ast.parse(text, feature_version=(3, 4))  # what Python 3.4 cannot read it cannot run
    old = f"import sys; sys.version_info = (3, 7, 3); exec(compile({text!r}, 'x', 'exec'))"
    copy = shutil.copy(GRABBER, tmp_path)
    for words, text in (
        (["-c", old], b"needs Python 3.8 or newer"),
        (["-I", copy, "--description"], b"make install-grabber"),
    ):
        result = subprocess.run([sys.executable, *words], capture_output=True, check=False)
        assert (result.returncode, result.stdout, result.stderr.count(b"\n")) == (1, b"", 1)
        assert text in result.stderr


@pytest.fixture(name="bare")
def _bare(tmp_path):
    """A PATH whose Python has no packages."""
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (folder / "python3").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_missing_packages_are_one_line(tvheadend, bare):
    result = tvheadend.call(PATH=bare)
    assert result.failed(10)
    assert re.search(r"The Python package \w+ is missing", result.err)
    for remedy in ("pip install", "script.module.requests", "python3-requests"):
        assert remedy in result.err
    assert tvheadend.call("--description", PATH=bare).code == 0


def addons(folder):
    """Kodi's folder of add-ons: ours, and those with the packages."""
    ours = folder / "addons" / ADDON_ID
    for name in ("bin", "lib"):
        shutil.copytree(os.path.join(ROOT, name), ours / name)
    for name in ("requests", "xmltodict", "defusedxml"):
        lib = folder / "addons" / f"script.module.{name}" / "lib"
        lib.mkdir(parents=True)
        needs = ("urllib3", "certifi", "idna", "chardet", "charset_normalizer")
        for module in (name, *(needs if name == "requests" else ())):
            spec = importlib.util.find_spec(module)
            if spec:
                origin = spec.origin
                if spec.submodule_search_locations:
                    origin = os.path.dirname(origin)
                os.symlink(origin, lib / os.path.basename(origin))
    return str(ours / "bin" / "tv_grab_gracenote2epg")


def test_kodis_packages_beside_the_addon_are_found(tvheadend, bare, tmp_path):
    tvheadend.grabber = addons(tmp_path)
    result = tvheadend.call(PATH=bare)
    assert (result.code, result.err, result.is_guide) == (0, "", True)


def test_it_is_installed_as_a_console_script_too(box):
    assert 'tv_grab_gracenote2epg = "gracenote2epg.__main__:run"' in text_of("pyproject.toml")
    script = (
        "import sys; sys.argv[0] = '/usr/local/bin/tv_grab_gracenote2epg';"
        "from gracenote2epg.__main__ import run; run()"
    )
    result = box.run([sys.executable, "-c", script], GRACENOTE_POSTAL_CODE="90210")
    assert (result.code, result.err, result.is_guide) == (0, "", True)


def test_make_installs_and_uninstalls_it_below_a_prefix(tmp_path):
    where = [f"DESTDIR={tmp_path / 'root'}", "PREFIX=/usr"]
    subprocess.run(["make", "-s", "-C", ROOT, "install-grabber", *where], check=True)
    installed = tmp_path / "root/usr/bin/tv_grab_gracenote2epg"
    assert os.access(installed, os.X_OK)
    path = f"{python_on_path(tmp_path)}:/usr/bin:/bin"
    assert output(installed, "--capabilities", PATH=path) == CAPABILITIES
    for folder, folders, files in os.walk(tmp_path / "root"):
        for name in (*folders, *files):
            mode = os.lstat(os.path.join(folder, name)).st_mode
            assert stat.S_ISLNK(mode) or mode & 0o444 == 0o444, name
            assert "__pycache__" not in name
    subprocess.run(["make", "-s", "-C", ROOT, "uninstall-grabber", *where], check=True)
    assert [files for _, _, files in os.walk(tmp_path / "root") if files] == []


# Calls by Tvheadend


def test_others_cannot_write_the_files_of_a_call_by_tvheadend(tvheadend, box):
    result = tvheadend.call()
    assert (result.code, result.err, result.is_guide) == (0, "", True)
    assert os.listdir(box.data)
    for folder, folders, files in os.walk(os.path.join(box.home, ".local")):
        for name in (*folders, *files):
            assert not os.stat(os.path.join(folder, name)).st_mode & 0o022, name
    assert not glob.glob(os.path.join(ROOT, "lib/gracenote2epg/**/__pycache__"), recursive=True)


def test_the_document_is_the_same_in_every_locale(tvheadend):
    plain = tvheadend.call()
    assert not plain.out.isascii()
    for locale in ({"LC_ALL": "C"}, {"LC_ALL": "xx_XX.ISO-8859-1"}, {"PYTHONIOENCODING": "ascii"}):
        result = tvheadend.call("--offline", **locale)
        assert (result.code, result.out, result.err) == (0, plain.out, "")


def test_a_full_stderr_changes_nothing(tvheadend, server):
    server.faults.refuse(403)
    for words, code in (([], 4), (["--ahdmegkeja"], 2)):
        result = tvheadend.call(*words, full_stderr=True)
        assert (result.code, result.out, result.err) == (code, "", "")


def test_a_call_imports_no_page_and_one_within_the_interval_no_downloader(box):
    environment = {**box.environment, "GRACENOTE_POSTAL_CODE": "90210"}
    first, second = (imports(GRABBER, **environment) for _ in range(2))
    downloader = {"requests", "urllib3", "gracenote2epg.grab.run"}
    assert (first & downloader, second & downloader) == (downloader, set())
    assert first & {"http.server", "gracenote2epg.web.status"} == set()


# Signals


def ended_by(process, number):
    """The exit code and output of the process, which ends within a second after the signal."""
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert time.monotonic() - began < 1.0
    return process.returncode, out, err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_within_a_second_without_a_partial_guide(box, server, number, code):
    server.faults.hold()
    with box.start([*PROGRAM, *HERE]) as process:
        assert server.faults.wait_held(1, 20)
        returned, _, err = ended_by(process, number)
    assert (returned, b"everything received is kept" in err) == (code, True)
    assert not os.path.exists(box.guide)


def test_sigterm_ends_the_grabber_within_a_second_and_sends_nothing(tvheadend, server):
    assert tvheadend.call().is_guide
    server.faults.hold()
    with tvheadend.start(stderr=subprocess.PIPE, GRACENOTE_MIN_INTERVAL="0") as process:
        assert server.faults.wait_held(1, 20)
        code, out, err = ended_by(process, signal.SIGTERM)
    assert (code, out, err.count(b"\n")) == (143, b"", 1)


def test_sigterm_ends_serve_within_a_second_with_code_0(box):
    command = [*PROGRAM, "--serve", *HERE, "--monitoring-port", str(free_port())]
    with box.start(command, PYTHONUNBUFFERED="1") as process:
        serving = process.stdout.readline()
        while not process.stdout.readline().startswith(b"Guide"):  # the last line of its report
            assert process.poll() is None
        code, _, err = ended_by(process, signal.SIGTERM)
    assert serving.startswith(b"Serving http://127.0.0.1:")
    assert (code, err) == (0, b"")


# stdout and stderr


def test_a_non_blocking_pipe_gets_the_whole_document(tvheadend, box):
    good = tvheadend.call("--days", "4").out
    assert len(good) > 300_000  # more than a pipe holds
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with subprocess.Popen(
        [sys.executable, GRABBER, "--days", "4"],
        env={**box.environment, "GRACENOTE_POSTAL_CODE": "90210"},
        stdout=write_end,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(write_end)
        with open(read_end, "rb", buffering=0) as pipe:
            chunks = iter(lambda: pipe.read(1000), b"")  # a slow reader
            assert b"".join(chunks).decode() == good
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("shell", "code"),
    [('"$@" >&-', 7), ('"$@" > /dev/full', 7), ('{ "$@"; echo $? >&2; } | head -c 9 >&-', 0)],
)
def test_a_failing_stdout_is_no_bug(box, shell, code):
    box.environment["GRACENOTE_POSTAL_CODE"] = "90210"
    words = ["/bin/sh", "-c", shell, "sh", sys.executable, GRABBER, "--days", "4"]
    result = box.run(words)
    assert "Traceback" not in result.err
    assert "bug" not in result.err
    if code:
        assert (result.code, result.err.count("\n")) == (code, 1)
        assert "Cannot write to stdout" in result.err
    else:
        assert result.err.splitlines()[-1] == "141"


def test_a_broken_pipe_is_no_bug(box):
    late = f"(sleep 0.2; {sys.executable} -m gracenote2epg --version; echo $? >&2) | true"
    assert box.run(["/bin/sh", "-c", late]).err.split() == ["141"]


def on_terminal(command, environment):
    """The command's stdout, and its stderr, which is a terminal."""
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    with tempfile.TemporaryFile() as out:
        with subprocess.Popen(command, env=environment, stderr=slave, stdout=out):
            os.close(slave)
            shown = b""
            with contextlib.suppress(OSError):  # the other end is closed
                while True:
                    shown += os.read(master, 1 << 16)
        os.close(master)
        out.seek(0)
        return out.read().decode(), shown.decode()


def test_on_a_terminal_progress_is_drawn_in_place(box):
    budget = {"GRACENOTE_DETAILS": "yes", "GRACENOTE_REQUEST_BUDGET": "20"}
    _, shown = on_terminal([*PROGRAM, *HERE], {**box.environment, **budget})
    lines = [line.split("\x1b[K")[-1] for line in shown.split("\r\n")]
    assert any(line.startswith("Guide    asking the source") for line in lines)
    assert any(re.match(r"Guide    \[#{24}\] (\d+)/\1\b", line) for line in lines)
    assert any(line.startswith("Details  [") for line in lines)


def test_on_a_terminal_the_grabber_is_silent_too(box):
    out, shown = on_terminal([sys.executable, GRABBER, *HERE], box.environment)
    assert (out[-6:], shown) == ("</tv>\n", "")


# XMLTV's programs


@pytest.fixture(name="few")
def _few(tmp_path):
    """A config file with a few channels: those programs are slow."""
    path = tmp_path / "few.conf"
    path.write_text("postal_code=90210\nchannels=20006,20071,20122,20242\n")
    return str(path)


@needs_xmltv
def test_tv_validate_grabber_finds_no_fault(tvheadend, few):
    """With details."""
    path = f"{tvheadend.environment['PATH']}:{os.path.dirname(GRABBER)}"
    result = subprocess.run(
        ["tv_validate_grabber", "--dtd-file", DTD, "--config-file", few, "tv_grab_gracenote2epg"],
        env={**tvheadend.environment, "PATH": path, "GRACENOTE_DETAILS": "yes"},
        capture_output=True,
        check=False,
    )
    assert result.stdout.decode().endswith("Grabber validated ok.\nValidated ok.\n")
    assert result.returncode == 0


@needs_xmltv
@pytest.mark.parametrize("more", [[], ["--slow"]])
def test_tv_find_grabbers_lists_it(tvheadend, more):
    """Without /usr/bin: it would call all of XMLTV's grabbers, too."""
    path = f"{python_on_path(tvheadend.environment['HOME'])}:{os.path.dirname(GRABBER)}"
    command = [shutil.which("tv_find_grabbers"), *more, "baseline", "manualconfig", "apiconfig"]
    listed = output(*command, **{**tvheadend.environment, "PATH": path})
    assert listed.decode() == f"{GRABBER}|USA/Canada (Gracenote)\n"


@needs_xmltv
def test_tv_grab_combiner_accepts_it(tvheadend, few, tmp_path):
    config, both = tmp_path / "combiner.conf", tmp_path / "both.xml"
    with open(few, encoding="utf-8") as file:
        lines = file.read().replace("\n", "&n")
    config.write_text(f"grabber={GRABBER};{lines}\n" * 2)
    command = ("tv_grab_combiner", "--quiet", "--config-file", config, "--output", both)
    output(*command, **tvheadend.environment)
    alone = tvheadend.call("--config-file", few).out
    for element in ("<channel ", "<programme "):
        assert both.read_text().count(element) == 2 * alone.count(element) > 0


# --configure


@pytest.fixture(name="file")
def _file(box):
    return os.path.join(box.home, ".xmltv", "tv_grab_gracenote2epg.conf")


def test_a_closed_stdin_means_the_default_answers(box, file):
    command = f'"{sys.executable}" "{GRABBER}" --configure --postal 90210 <&-'
    assert box.run(["/bin/sh", "-c", command]).code == 0
    assert os.path.exists(file)


def test_ctrl_c_at_a_question_ends_it(box, file):
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, GRABBER, "--configure"],
        env={**box.environment, "TERM": "dumb"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    ) as process:
        os.close(slave)
        shown = b""
        for question, answer in ((b"code: ", b"90210\n"), (b"commas [1]: ", b"")):
            while question not in shown:
                shown += os.read(master, 1 << 16)
            os.write(master, answer)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    os.close(master)
    assert not os.path.exists(file)
