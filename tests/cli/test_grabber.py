"""The grabber contract, in child processes that live as Tvheadend's do."""

import ast
import contextlib
import glob
import importlib.util
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

import pytest

from support import guides
from support.machine import GRABBER, ROOT, Box, Tvheadend, python_on_path, root_only
from gracenote2epg import __version__, plan, rest
from gracenote2epg.config import ADDON_ID, Config, homes
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.errors import Refused
from gracenote2epg.store import Lock, Store

CAPABILITIES = "baseline\nmanualconfig\npreferredmethod\ncache\napiconfig\n"
DTD = "/usr/share/xmltv/xmltv.dtd"
xmltv_util = pytest.mark.skipif(
    not shutil.which("tv_validate_grabber"), reason="xmltv-util is not installed"
)


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="box")
def _box(server, tmp_path):
    return Box(server, tmp_path)


@pytest.fixture(name="tvheadend")
def _tvheadend(box):
    return Tvheadend(box)


def whole(text):
    return text.startswith("<?xml") and text.endswith("</tv>\n")


def found_in(text):
    """The stations and the programmes of a document, by number."""
    tree = ElementTree.fromstring(text.encode())
    return len(tree.findall("channel")), len(tree.findall("programme"))


def at(hour, minute):
    """A TZ in which it is this time just now."""
    seconds = (3600 * hour + 60 * minute + 20 - int(time.time())) % 86400
    east = seconds - 86400 if seconds > 43200 else seconds
    hours, left = divmod(abs(east), 3600)
    return f"XXX{'-' if east > 0 else ''}{hours}:{left // 60}:{left % 60}"


# Introducing itself


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--description", "USA/Canada (Gracenote)\n"),
        ("--capabilities", CAPABILITIES),
        (
            "--version",
            f"gracenote2epg {__version__}\nThis is tv_grab_gracenote2epg version {__version__}\n",
        ),
        ("--preferredmethod", "allatonce\n"),
    ],
)
@pytest.mark.parametrize("home", ["", "/nonexistent", "/"])
def test_it_introduces_itself_without_home_file_or_network(tmp_path, option, said, home):
    environment = {"PATH": f"{python_on_path(tmp_path)}:/usr/bin:/bin", "LC_ALL": "C"}
    if home:
        environment["HOME"] = home
    ended = subprocess.run(
        [GRABBER, option], env=environment, cwd="/", capture_output=True, check=True
    )
    assert (ended.stdout.decode(), ended.stderr) == (said, b"")
    assert os.listdir(tmp_path) == ["python"]


@pytest.mark.parametrize("option", ["--description", "--capabilities"])
def test_it_introduces_itself_in_a_fifth_of_a_second(option):
    took = []
    for _ in range(5):
        began = time.monotonic()
        subprocess.run([sys.executable, GRABBER, option], stdout=subprocess.DEVNULL, check=True)
        took.append(time.monotonic() - began)
    assert min(took) < 0.2


@pytest.mark.parametrize("option", ["--description", "--capabilities"])
def test_it_introduces_itself_without_importing_anything_heavy(option):
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", GRABBER, option], capture_output=True, check=True
    )
    imported = set(re.findall(r"\| +(\S+)", ended.stderr.decode()))
    assert {name for name in imported if name.startswith("gracenote2epg")} == {
        "gracenote2epg",
        "gracenote2epg.__main__",
        "gracenote2epg.introduce",
    }


def test_what_it_does_not_know_is_a_line_on_stderr_with_the_usage(tvheadend):
    for words in (["--ahdmegkeja"], ["stray"], ["--days"], ["--demo", "--serve"]):
        ended = tvheadend.call(*words)
        assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
        assert "Usage: tv_grab_gracenote2epg" in ended.err


# The doorbell


@pytest.mark.parametrize("cwd", ["/", "/usr"])
def test_it_finds_its_library_through_links(tmp_path, cwd):
    (tmp_path / "one").mkdir()
    os.symlink(GRABBER, tmp_path / "one" / "tv_grab_first")
    os.symlink("one/tv_grab_first", tmp_path / "tv_grab_second")
    os.symlink(tmp_path / "one", tmp_path / "two")
    environment = {"PATH": f"{python_on_path(tmp_path)}:/usr/bin:/bin"}
    for name in ("one/tv_grab_first", "tv_grab_second", "two/tv_grab_first"):
        ended = subprocess.run(
            [tmp_path / name, "--capabilities"],
            env=environment,
            cwd=cwd,
            capture_output=True,
            check=True,
        )
        assert ended.stdout.decode() == CAPABILITIES


def test_its_folder_may_be_read_only_to_it(tvheadend):
    tvheadend.call()
    assert not glob.glob(os.path.join(ROOT, "lib/gracenote2epg/**/__pycache__"), recursive=True)


def test_an_older_python_is_told_in_one_line(tmp_path):
    with open(GRABBER, encoding="ascii") as file:
        text = file.read()
    ast.parse(text, feature_version=(3, 4))  # what Python 3.4 cannot read it cannot run
    old = f"import sys; sys.version_info = (3, 7, 3); exec(compile({text!r}, 'x', 'exec'))"
    ended = subprocess.run([sys.executable, "-c", old], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr.count(b"\n")) == (1, 1)
    assert b"needs Python 3.8 or newer" in ended.stderr


def test_a_copy_without_its_library_says_what_to_do(tmp_path):
    copy = shutil.copy(GRABBER, tmp_path)
    ended = subprocess.run(
        [sys.executable, "-I", copy, "--description"], capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count(b"\n")) == (1, b"", 1)
    assert b"make install-grabber" in ended.stderr


def test_missing_packages_are_named_in_one_line(tvheadend, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (bare / "python3").chmod(0o755)
    ended = tvheadend.call(PATH=f"{bare}:/usr/bin:/bin")
    assert (ended.code, ended.out, ended.err.count("\n")) == (10, "", 1)
    assert "script.module.requests" in ended.err
    assert "python3-requests" in ended.err
    assert tvheadend.call("--description", PATH=f"{bare}:/usr/bin:/bin").code == 0


def addons(folder):
    """A Kodi's folder of add-ons: ours, and those that bring the packages."""
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


def test_kodis_packages_beside_the_addon_are_found(tvheadend, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (bare / "python3").chmod(0o755)
    tvheadend.grabber = addons(tmp_path)
    ended = tvheadend.call(PATH=f"{bare}:/usr/bin:/bin")
    assert (ended.code, ended.err) == (0, "")
    assert whole(ended.out)


def test_it_is_installed_as_a_console_script_too(box):
    with open(os.path.join(ROOT, "pyproject.toml"), encoding="utf-8") as file:
        assert 'tv_grab_gracenote2epg = "gracenote2epg.__main__:run"' in file.read()
    script = (
        "import sys; sys.argv[0] = '/usr/local/bin/tv_grab_gracenote2epg';"
        "from gracenote2epg.__main__ import run; run()"
    )
    ended = box.run([sys.executable, "-c", script], GRACENOTE_POSTAL_CODE="90210")
    assert (ended.code, ended.err) == (0, "")
    assert whole(ended.out)


def test_make_installs_it_below_a_prefix_and_takes_it_away_again(tmp_path):
    where = [f"DESTDIR={tmp_path / 'root'}", "PREFIX=/usr"]
    subprocess.run(["make", "-s", "-C", ROOT, "install-grabber", *where], check=True)
    installed = tmp_path / "root/usr/bin/tv_grab_gracenote2epg"
    assert os.access(installed, os.X_OK)
    environment = {"PATH": f"{python_on_path(tmp_path)}:/usr/bin:/bin"}
    ended = subprocess.run(
        [installed, "--capabilities"], env=environment, capture_output=True, check=True
    )
    assert ended.stdout.decode() == CAPABILITIES
    for folder, folders, files in os.walk(tmp_path / "root"):
        for name in (*folders, *files):
            mode = os.lstat(os.path.join(folder, name)).st_mode
            assert stat.S_ISLNK(mode) or mode & 0o444 == 0o444, name
            assert "__pycache__" not in name
    subprocess.run(["make", "-s", "-C", ROOT, "uninstall-grabber", *where], check=True)
    assert [files for _, _, files in os.walk(tmp_path / "root") if files] == []


# Tvheadend's call


def test_no_word_at_all_is_a_whole_grab_to_stdout_and_silence_on_stderr(tvheadend, server):
    ended = tvheadend.call()
    assert (ended.code, ended.err) == (0, "")
    assert whole(ended.out)
    path = os.path.join(tvheadend.environment["HOME"], "guide.xml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(ended.out)
    assert set(guides.programmes(path)) == guides.truth(server, 1)


def test_nobody_else_may_write_what_it_keeps(tvheadend, box):
    tvheadend.call()
    assert os.listdir(box.data)
    for folder, folders, files in os.walk(os.path.join(box.home, ".local")):
        for name in (*folders, *files):
            assert not os.stat(os.path.join(folder, name)).st_mode & 0o022, name


@pytest.mark.parametrize("home", ["", "/nonexistent", "/"])
def test_an_odd_home_is_no_hindrance_where_the_folder_is_named(tvheadend, box, home):
    ended = tvheadend.call(HOME=home, GRACENOTE_DATA_DIR=box.data)
    assert (ended.code, ended.err) == (0, "")
    assert whole(ended.out)


def test_the_home_that_the_system_knows_stands_in_for_an_odd_one():
    known = os.path.expanduser(f"~{os.environ.get('USER', 'root')}")
    assert homes({}) == homes({"HOME": "/nonexistent"}) == [known]
    assert homes({"HOME": os.environ["HOME"]}) == [os.environ["HOME"]]


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "xx_XX.ISO-8859-1"}, {"PYTHONIOENCODING": "ascii"}]
)
def test_the_document_is_the_same_in_every_locale(tvheadend, locale):
    plain = tvheadend.call()
    assert not plain.out.isascii()
    ended = tvheadend.call("--offline", **locale)
    assert (ended.code, ended.out, ended.err) == (0, plain.out, "")


def test_whatever_is_set_elsewhere_stdout_has_the_guide_and_stderr_nothing(tvheadend, box):
    port = free_port()
    os.makedirs(os.path.join(box.home, ".xmltv"))
    with open(os.path.join(box.home, ".xmltv/tv_grab_gracenote2epg.conf"), "w") as file:
        file.write("output=/nonexistent/x.xml\nconsole=on\ndebug=on\nquiet=off\n")
    ended = tvheadend.call(
        GRACENOTE_OUTPUT=os.path.join(box.home, "no.xml"),
        GRACENOTE_ENABLE_MONITORING="yes",
        GRACENOTE_MONITORING_PORT=str(port),
        GRACENOTE_CONSOLE="yes",
    )
    assert (ended.code, ended.err) == (0, "")
    assert whole(ended.out)
    assert not os.path.exists(os.path.join(box.home, "no.xml"))


def test_what_is_asked_for_with_the_call_is_shown(tvheadend):
    ended = tvheadend.call("--enable-monitoring", "--no-monitoring-web-api")
    assert ended.code == 0
    assert whole(ended.out)
    assert "workers" in ended.err
    assert "DEBUG" in tvheadend.call("--console", "--debug", GRACENOTE_MIN_INTERVAL="0").err


def test_on_a_terminal_it_is_silent_too(box):
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, GRABBER, "--postal", "90210"],
        env=box.environment,
        stdout=subprocess.PIPE,
        stderr=slave,
    ) as process:
        os.close(slave)
        out, _ = process.communicate(timeout=60)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            shown = os.read(master, 1000)
    os.close(master)
    assert whole(out.decode())
    assert shown == b""


@pytest.mark.parametrize(("words", "code"), [([], 4), (["--ahdmegkeja"], 2)])
def test_a_full_stderr_neither_stops_it_nor_changes_how_it_ends(tvheadend, server, words, code):
    server.faults.refuse(403)
    ended = tvheadend.call(*words, full_stderr=True)
    assert (ended.code, ended.out, ended.err) == (code, "", "")


def test_with_output_the_file_has_the_guide_and_stdout_nothing(tvheadend, tmp_path):
    path = str(tmp_path / "guide.xml")
    for words in (["--output", path], ["--output", path, "--quiet"]):
        ended = tvheadend.call(*words)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert guides.programmes(path)


def test_sigterm_ends_it_within_a_second_and_sends_nothing(tvheadend, server):
    assert whole(tvheadend.call().out)
    server.faults.hold()
    with tvheadend.start(stderr=subprocess.PIPE, GRACENOTE_MIN_INTERVAL="0") as process:
        assert server.faults.wait_held(1, 20)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - began < 1.0
    assert (process.returncode, out, err.count(b"\n")) == (143, b"", 1)


def test_more_days_than_there_are_give_all_days_a_word_and_a_code(tvheadend):
    ended = tvheadend.call("--days", "20")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "lists 14 days, not 20" in ended.err
    assert whole(ended.out)


@pytest.mark.parametrize(("offset", "code"), [("1", 0), ("5", 1)])
def test_days_behind_an_offset_that_there_are_not_get_a_word_too(tvheadend, offset, code):
    ended = tvheadend.call("--days", "14", "--offset", offset)
    assert ended.code == code
    assert ("lists 14 days, not 14 from day 5 on" in ended.err) == bool(code)
    assert whole(ended.out)


# stdout


def test_a_pipe_that_does_not_wait_gets_the_whole_document(tvheadend, box):
    good = tvheadend.call("--days", "2").out
    assert len(good) > 300_000  # more than a pipe holds
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with subprocess.Popen(
        [sys.executable, GRABBER, "--days", "2"],
        env={**box.environment, "GRACENOTE_POSTAL_CODE": "90210"},
        stdout=write_end,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(write_end)
        got = b""
        while True:
            piece = os.read(read_end, 1000)  # a slow reader
            if not piece:
                break
            got += piece
        assert process.communicate(timeout=60)[1] == b""
    os.close(read_end)
    assert (process.returncode, got.decode()) == (0, good)


@pytest.mark.parametrize(
    ("shell", "code"),
    [('"$@" >&-', 7), ('"$@" > /dev/full', 7), ('{ "$@"; echo $? >&2; } | head -c 9 >&-', 0)],
)
def test_a_stdout_that_fails_is_no_bug(box, shell, code):
    box.environment["GRACENOTE_POSTAL_CODE"] = "90210"
    words = ["/bin/sh", "-c", shell, "sh", sys.executable, GRABBER, "--days", "2"]
    ended = box.run(words)
    assert "Traceback" not in ended.err
    assert "bug" not in ended.err
    if code:
        assert (ended.code, ended.err.count("\n")) == (code, 1)
        assert "Cannot write to stdout" in ended.err
    else:
        assert ended.err.splitlines()[-1] == "141"


# Called again


def test_a_second_call_soon_after_asks_nothing_builds_nothing_and_sends_the_same(
    tvheadend, server, box
):
    first = tvheadend.call()
    server.reset_counts()
    written = os.stat(os.path.join(box.data, "stdout.xml")).st_mtime_ns
    for _ in range(2):
        assert tvheadend.call().out == first.out
    assert server.counts.requests == 0
    assert os.stat(os.path.join(box.data, "stdout.xml")).st_mtime_ns == written


def test_a_second_call_soon_after_needs_nothing_that_downloads(tvheadend, box):
    tvheadend.call()
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", GRABBER],
        env={**box.environment, "GRACENOTE_POSTAL_CODE": "90210"},
        capture_output=True,
        check=True,
    )
    imported = set(re.findall(r"\| +(\S+)", ended.stderr.decode()))
    assert imported & {"requests", "urllib3", "gracenote2epg.grab"} == set()


def test_with_the_interval_off_it_asks_again(tvheadend, server):
    tvheadend.call()
    server.reset_counts()
    tvheadend.call(GRACENOTE_MIN_INTERVAL="0")
    assert server.counts.requests > 0


def test_a_caller_of_every_minute_does_not_put_off_the_refresh(tmp_path):
    settings = Config()
    run = rest.GoodRun(["a lineup"], "a kind")
    with Store(str(tmp_path)) as store:
        asked = 1_000_000.0
        assert rest.remember(store, settings, run, asked) == asked
        for minute in range(1, 30):
            assert rest.rests(store, settings, asked + 60 * minute, lineups=run.lineups)
            assert rest.remember(store, settings, run, asked + 60 * minute) == asked
        assert not rest.rests(store, settings, asked + 1800, lineups=run.lineups)


def test_a_guide_of_other_days_is_no_answer_and_the_store_has_it(tvheadend, server):
    both = tvheadend.call("--offset", "1", "--days", "2")
    server.reset_counts()
    first = tvheadend.call("--offset", "1", "--days", "1")
    second = tvheadend.call("--offset", "2", "--days", "1")
    again = tvheadend.call("--offset", "1", "--days", "2")
    assert server.counts.requests == 0
    assert again.out == both.out
    assert len({first.out, second.out, both.out}) == 3
    assert max(found_in(first.out)[1], found_in(second.out)[1]) < found_in(both.out)[1]


def test_another_setting_is_another_guide_and_costs_no_request(tvheadend, server):
    local = tvheadend.call()
    server.reset_counts()
    utc = tvheadend.call(GRACENOTE_UTC="yes")
    assert server.counts.requests == 0
    assert "+0000" in utc.out
    assert "+0000" not in local.out


def test_tomorrow_is_another_day_after_midnight(tvheadend, server):
    before = tvheadend.call("--offset", "1", TZ=at(23, 58))
    after = tvheadend.call("--offset", "1", TZ=at(0, 1))
    assert before.out != after.out
    assert after.code == 0


def test_a_guide_that_somebody_else_has_changed_is_not_sent(tvheadend, box):
    first = tvheadend.call()
    with open(os.path.join(box.data, "stdout.xml"), "a", encoding="utf-8") as file:
        file.write("<!-- mine -->\n")
    assert tvheadend.call().out == first.out


def test_without_the_network_offline_builds_it_anew(tvheadend, server, box):
    first = tvheadend.call()
    server.reset_counts()
    os.remove(os.path.join(box.data, "stdout.xml"))
    ended = tvheadend.call("--offline")
    assert (ended.code, ended.out, server.counts.requests) == (0, first.out, 0)


# The minute of all others


@pytest.mark.parametrize(
    ("zone", "asks"), [((0, 4), False), ((12, 4), False), ((0, 5), True), ((11, 4), True)]
)
def test_at_the_minute_of_all_others_a_young_guide_is_sent(tvheadend, server, zone, asks):
    now = {"GRACENOTE_MIN_INTERVAL": "0", "GRACENOTE_DAYS": "2"}
    first = tvheadend.call(TZ=at(*zone), **now)
    server.reset_counts()
    again = tvheadend.call(TZ=at(*zone), **now)
    assert (again.code, again.err) == (0, "")
    assert (server.counts.requests > 0) is asks
    assert found_in(again.out) == found_in(first.out)


@pytest.mark.parametrize(("hours", "asks"), [(7.9, False), (8.1, True)])
def test_young_is_less_than_eight_hours(tvheadend, server, box, hours, asks):
    now = {"GRACENOTE_MIN_INTERVAL": "0", "GRACENOTE_DAYS": "2"}
    tvheadend.call(TZ=at(0, 4), **now)
    with Store(box.data) as store:
        (path, fact), *_ = store.all_known("published ").items()
        fact["made"] -= hours * 3600
        store.learn(f"published {path}", fact, fact["made"])
    server.reset_counts()
    tvheadend.call(TZ=at(0, 4), **now)
    assert (server.counts.requests > 0) is asks


def test_each_installation_has_a_minute_of_its_own_before_the_morning():
    lines = {plan.cron(number) for number in range(0, 2_000_000_000, 999_983)}
    assert len(lines) == 360
    for line in lines:
        assert re.fullmatch(r"[1-5]?\d [1-6] \* \* \*", line)
    assert plan.cron(3 * 60 + 37) == "37 4 * * *"


# Beside others


def test_while_another_run_is_at_work_the_published_guide_is_sent(tvheadend, box, server):
    good = tvheadend.call(GRACENOTE_DAYS="2")
    server.reset_counts()
    with Lock(box.data):
        ended = tvheadend.call(GRACENOTE_MIN_INTERVAL="0", GRACENOTE_DAYS="2")
    assert (ended.code, ended.out, ended.err) == (0, good.out, "")
    assert server.counts.requests == 0
    assert ended.seconds < 5


def test_a_guide_that_ends_soon_is_sent_too_but_said(tvheadend, box):
    zone = {"TZ": at(20, 0), "GRACENOTE_DAYS": "1"}  # four hours of it are left
    good = tvheadend.call(**zone)
    with Lock(box.data):
        ended = tvheadend.call(GRACENOTE_MIN_INTERVAL="0", **zone)
    assert (ended.code, ended.out, ended.err.count("\n")) == (8, good.out, 1)


def test_while_kodi_grabs_the_guide_of_its_file_is_sent(tvheadend, box, server):
    assert box.cli("--postal", "90210", "--days", "2").code == 0  # publishes xmltv.xml
    server.faults.hold()
    other = [sys.executable, "-m", "gracenote2epg", "--postal", "90210", "--days", "2"]
    with box.start(other, GRACENOTE_MIN_INTERVAL="0") as process:
        assert server.faults.wait_held(1, 20)
        ended = tvheadend.call(GRACENOTE_DAYS="2", GRACENOTE_MIN_INTERVAL="0")
        process.terminate()
        process.communicate(timeout=10)
    assert (ended.code, ended.err) == (0, "")
    with open(box.guide, encoding="utf-8") as file:
        assert ended.out == file.read()


def test_a_packed_guide_is_unpacked(tvheadend, box):
    path = os.path.join(box.home, "guide.xml.gz")
    assert box.cli("--postal", "90210", "--output", path).code == 0
    ended = tvheadend.call()
    assert (ended.code, ended.err) == (0, "")
    assert whole(ended.out)
    assert not os.path.exists(os.path.join(box.data, "stdout.xml"))


def test_of_two_first_calls_one_grabs_and_the_other_says_so_at_once(tvheadend, server):
    server.faults.hold()
    with tvheadend.start(stderr=subprocess.PIPE) as process:
        assert server.faults.wait_held(1, 20)
        second = tvheadend.call()
        server.faults.release_all()
        out, err = process.communicate(timeout=60)
    assert (second.code, second.out, second.err.count("\n")) == (8, "", 1)
    assert second.seconds < 5
    assert (process.returncode, err) == (0, b"")
    assert whole(out.decode())


def test_it_never_waits_longer_than_the_time_budget(tvheadend, server):
    server.faults.hold()
    ended = tvheadend.call("--time-budget", "10")
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "There is no guide yet: the time budget is used up" in ended.err
    assert ended.seconds < 14


# A source that refuses


def test_a_grab_that_fails_sends_the_last_good_guide_and_a_code(tvheadend, server):
    good = tvheadend.call()
    server.faults.refuse(403)
    bad = tvheadend.call(GRACENOTE_MIN_INTERVAL="0")
    assert (bad.code, bad.out, bad.err.count("\n")) == (4, good.out, 1)


def test_a_grab_that_has_nothing_sends_nothing(tvheadend, server):
    server.faults.refuse(403)
    ended = tvheadend.call()
    assert (ended.code, ended.out, ended.err.count("\n")) == (4, "", 1)


def test_a_guide_that_is_over_is_not_sent(tvheadend, box):
    tvheadend.call()
    with Store(box.data) as store:
        (path, fact), *_ = store.all_known("published ").items()
        for coverage in fact["summary"]["stations"].values():
            coverage[1] = 1  # its end
        store.learn(f"published {path}", fact, fact["made"])
    with Lock(box.data):
        ended = tvheadend.call()
    assert (ended.code, ended.out, ended.err.count("\n")) == (8, "", 1)


@pytest.mark.parametrize("status", [403, 500])
def test_after_a_refusal_the_source_is_left_alone(tvheadend, server, status):
    server.faults.refuse(status)
    first = tvheadend.call()
    server.reset_counts()
    for _ in range(2):
        ended = tvheadend.call()
        assert (ended.code, ended.out, ended.err.count("\n")) == (4, "", 1)
        assert "nothing is asked before" in ended.err
    assert server.counts.requests == 0
    assert first.code in (4, 5)


def test_while_it_is_left_alone_a_good_guide_is_sent_without_a_word(tvheadend, server):
    days = {"GRACENOTE_MIN_INTERVAL": "0", "GRACENOTE_DAYS": "2"}
    good = tvheadend.call(**days)
    server.faults.refuse(403)
    assert tvheadend.call(**days).code == 4
    server.reset_counts()
    ended = tvheadend.call(**days)
    assert (ended.code, ended.out, ended.err) == (0, good.out, "")
    assert server.counts.requests == 0


def test_a_refusal_of_the_details_counts_too(tvheadend, server):
    server.faults.refuse(403, on="details")
    details = {"GRACENOTE_DETAILS": "yes", "GRACENOTE_TIME_BUDGET": "10"}
    first = tvheadend.call(**details)
    assert (first.code, whole(first.out)) == (0, True)
    server.reset_counts()
    again = tvheadend.call(**details)
    assert (again.out, server.counts.requests) == (first.out, 0)


def test_it_is_asked_again_when_its_rest_is_over(tvheadend, server, box):
    server.faults.refuse(403)
    tvheadend.call()
    server.faults.clear()
    with Store(box.data) as store:
        fact, asked = store.known(rest.REFUSED)
        store.learn(rest.REFUSED, fact, asked - plan.rest(1))
    ended = tvheadend.call()
    assert (ended.code, whole(ended.out)) == (0, True)
    with Store(box.data) as store:
        assert store.known(rest.REFUSED)[0] is None


def test_the_rest_grows_but_not_beyond_an_hour():
    assert [plan.rest(times) for times in (1, 2, 3, 99)] == [1800, 3600, 3600, 3600]


def test_who_changes_what_is_asked_need_not_wait(tmp_path):
    with Store(str(tmp_path)) as store:
        settings = Config(postal_code="90210")
        rest.refuse(store, settings, Refused("host", "403"), 1000.0)
        assert rest.refusal(store, settings, 1000.0).until == 2800.0
        assert rest.refusal(store, settings, 2800.0) is None
        assert rest.refusal(store, settings, 999.0) is None  # the clock was wrong then
        for other in ("affiliate", "postal_code", "user_agent"):
            changed = Config(**{"postal_code": "90210", other: "10001"})
            assert rest.refusal(store, changed, 1000.0) is None
        rest.refuse(store, settings, Refused("host", "403"), 3000.0)
        assert rest.refusal(store, settings, 3000.0).until == 6600.0
        rest.forgive(store, 7000.0)
        assert rest.refusal(store, settings, 7000.0) is None


def test_no_network_is_no_refusal(tvheadend, box):
    with socket.socket() as nobody:  # bound, so that no other program gets the port
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        assert tvheadend.call(GRACENOTE_BASE_URL=address).code == 3
    with Store(box.data) as store:
        assert store.known(rest.REFUSED) == (None, 0.0)


def test_those_who_ask_themselves_are_not_made_to_wait(tvheadend, server, box):
    server.faults.refuse(403)
    tvheadend.call()
    server.faults.clear()
    assert box.cli("--postal", "90210").code == 0


# Where the settings are


def kodis_settings(box, owner=None, **values):
    """The add-on's settings as Kodi stores them; returns its profile."""
    profile = os.path.join(box.home, ".kodi/userdata/addon_data", ADDON_ID)
    os.makedirs(profile, exist_ok=True)
    rows = [f'<setting id="{name}">{value}</setting>' for name, value in values.items()]
    with open(os.path.join(profile, "settings.xml"), "w", encoding="utf-8") as file:
        file.write(f'<settings version="2">{"".join(rows)}</settings>')
    return profile


def test_the_addons_settings_are_found_and_its_profile_is_used(tvheadend, box):
    profile = kodis_settings(box, postal_code="90210", channels="20006", output="/nonexistent/x")
    ended = tvheadend.call(GRACENOTE_POSTAL_CODE="")
    assert (ended.code, ended.err, found_in(ended.out)[0]) == (0, "", 1)
    assert os.path.exists(os.path.join(profile, "gracenote2epg.db"))
    assert not os.path.exists(box.data)


def test_options_and_variables_and_the_config_file_come_before_the_addons(tvheadend, box, tmp_path):
    kodis_settings(box, postal_code="99999", channels="20006")
    (tmp_path / "my.conf").write_text("postal_code=90210\nchannel=20071\nchannel=20122\n")
    ended = tvheadend.call("--config-file", str(tmp_path / "my.conf"), GRACENOTE_POSTAL_CODE="")
    assert found_in(ended.out)[0] == 2


def test_nothing_configured_is_a_line(tvheadend):
    ended = tvheadend.call(GRACENOTE_POSTAL_CODE="")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)


@root_only
def test_the_guide_of_another_users_kodi_is_read_and_nothing_is_written_there(
    tvheadend, server, box
):
    """Tvheadend runs as hts, and Kodi as whoever sits before it."""
    days = {"GRACENOTE_DAYS": "2", "GRACENOTE_POSTAL_CODE": ""}
    profile = kodis_settings(box, postal_code="90210", days="2")
    first = tvheadend.call(**days)  # stands for Kodi
    os.chown(profile, 12345, 12345)
    for name in os.listdir(profile):
        os.chown(os.path.join(profile, name), 12345, 12345)
    os.remove(os.path.join(profile, "gracenote2epg.log"))
    before = sorted(os.listdir(profile))
    server.reset_counts()
    ended = tvheadend.call(GRACENOTE_MIN_INTERVAL="0", **days)
    assert (ended.code, ended.out, ended.err) == (0, first.out, "")
    assert server.counts.requests == 0
    assert sorted(os.listdir(profile)) == before
    with open(os.path.join(box.data, "gracenote2epg.log"), encoding="utf-8") as log:
        assert "another user's: it is read, not written" in log.read()


@root_only
def test_without_a_fresh_guide_of_the_other_user_it_grabs_for_itself(tvheadend, server, box):
    profile = kodis_settings(box, postal_code="90210")
    os.chown(profile, 12345, 12345)
    ended = tvheadend.call(GRACENOTE_POSTAL_CODE="")
    assert (ended.code, ended.err, whole(ended.out)) == (0, "", True)
    assert server.counts.requests > 0
    assert os.listdir(profile) == ["settings.xml"]
    assert os.path.exists(os.path.join(box.data, "gracenote2epg.db"))


def test_cache_says_where_downloads_are_kept(tvheadend, tmp_path, box):
    folder = str(tmp_path / "cache")
    assert whole(tvheadend.call("--cache", folder).out)
    assert "gracenote2epg.db" in os.listdir(folder)
    assert not os.path.exists(box.data)
    assert whole(tvheadend.call("--cache").out)
    assert "gracenote2epg.db" in os.listdir(box.data)


# Channels


def test_list_channels_lists_all_whatever_is_chosen(tvheadend, tmp_path):
    every = tvheadend.call("--list-channels")
    assert (every.code, every.err) == (0, "")
    chosen = tvheadend.call("--list-channels", GRACENOTE_CHANNELS="20006")
    assert chosen.out == every.out
    channels, programmes = found_in(every.out)
    assert (channels, programmes) == (40, 0)
    path = str(tmp_path / "channels.xml")
    assert tvheadend.call("--list-channels", "--output", path).out == ""
    with open(path, encoding="utf-8") as file:
        assert file.read() == every.out
    if shutil.which("xmllint") and os.path.exists(DTD):
        subprocess.run(
            ["xmllint", "--noout", "--nonet", "--dtdvalid", DTD, path],
            check=True,
            capture_output=True,
        )


def test_the_channels_are_those_of_the_guide(tvheadend):
    listed = ElementTree.fromstring(tvheadend.call("--list-channels").out.encode())
    guide = ElementTree.fromstring(tvheadend.call().out.encode())
    by_id = {own.get("id"): ElementTree.tostring(own).strip() for own in listed.iter("channel")}
    for own in guide.iter("channel"):
        assert by_id[own.get("id")] == ElementTree.tostring(own).strip()


def test_list_channels_by_hand_leaves_the_guide_alone(box):
    box.cli("--postal", "90210")
    before = os.stat(box.guide).st_mtime_ns
    ended = box.cli("--postal", "90210", "--list-channels")
    assert whole(ended.out)
    assert os.stat(box.guide).st_mtime_ns == before


def test_list_channels_without_a_configuration_is_an_error(tvheadend):
    ended = tvheadend.call("--list-channels", GRACENOTE_POSTAL_CODE="")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("endpoint", [None, "grid"])
def test_list_channels_of_a_source_that_refuses_is_an_error(tvheadend, server, endpoint):
    server.faults.refuse(403, on=endpoint)
    ended = tvheadend.call("--list-channels")
    assert (ended.code, ended.out, ended.err.count("\n")) == (4, "", 1)


# Tvheadend's socket


class Socket:
    """Tvheadend's module External: XMLTV: one connection is one document."""

    def __init__(self, folder):
        self.path = os.path.join(str(folder), "xmltv.sock")
        self.documents = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with contextlib.suppress(OSError):
            while True:
                with self._listener.accept()[0] as there:
                    pieces = iter(lambda: there.recv(1 << 16), b"")
                    self.documents.append(b"".join(pieces).decode())

    def close(self):
        with contextlib.suppress(OSError):  # it is closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()


@pytest.fixture(name="sock")
def _sock(tmp_path):
    opened = Socket(tmp_path)
    yield opened
    opened.close()


def test_a_document_goes_into_tvheadends_socket(tvheadend, sock, box):
    ended = tvheadend.call("--output", f"unix:{sock.path}")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    again = tvheadend.call("--output", f"unix:{sock.path}")
    assert again.code == 0
    by_hand = box.cli("--postal", "90210", "--output", f"unix:{sock.path}")
    assert (by_hand.code, by_hand.err) == (0, "")
    sock.close()
    first, second, third = sock.documents
    assert first == second == third
    assert whole(first)
    assert os.path.exists(os.path.join(box.data, "stdout.xml"))


def test_serve_pushes_each_guide_into_the_socket(box, sock):
    port = free_port()
    words = ["--serve", "--postal", "90210", "--output", f"unix:{sock.path}"]
    command = [sys.executable, "-m", "gracenote2epg", *words, "--monitoring-port", str(port)]
    with box.start(command) as process:
        until = time.monotonic() + 20
        while not sock.documents:
            assert time.monotonic() < until
            threading.Event().wait(0.05)
        process.terminate()
        assert process.communicate(timeout=10)[1] == b""
    assert whole(sock.documents[0])


@pytest.mark.parametrize("kind", ["missing", "nobody", "file", "long"])
def test_a_socket_that_takes_nothing_is_a_line_and_the_guide_is_kept(tvheadend, box, kind):
    path = os.path.join(box.home, "xmltv.sock" if kind != "long" else "x" * 200)
    if kind == "nobody":
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(path)
    elif kind == "file":
        with open(path, "w", encoding="utf-8") as file:
            file.write("a file")
    ended = tvheadend.call("--output", f"unix:{path}")
    assert (ended.code, ended.out, ended.err.count("\n")) == (7, "", 1)
    assert "External: XMLTV" in ended.err
    assert whole(tvheadend.call().out)


# XMLTV's own programs


@pytest.fixture(name="few")
def _few(tvheadend, box):
    """A config file with a few channels: XMLTV's programs are slow."""
    path = os.path.join(box.home, "few.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write("postal_code=90210\n")
        file.writelines(f"channel={name}\n" for name in (20006, 20071, 20122, 20242, 20358))
    return path


@xmltv_util
def test_the_validator_of_grabbers_finds_no_fault(tvheadend, few):
    """With details, and with Perl's hashes in whatever order they have today."""
    environment = {
        **tvheadend.environment,
        "PATH": f"{tvheadend.environment['PATH']}:{os.path.dirname(GRABBER)}",
        "GRACENOTE_POSTAL_CODE": "",
        "GRACENOTE_DETAILS": "yes",
    }
    command = ["tv_validate_grabber", "--dtd-file", DTD, "--config-file", few]
    ended = subprocess.run(
        [*command, "tv_grab_gracenote2epg"], env=environment, capture_output=True, check=False
    )
    assert ended.stdout.decode().endswith("Grabber validated ok.\nValidated ok.\n")
    assert ended.returncode == 0


@xmltv_util
@pytest.mark.parametrize("more", [[], ["--slow"]])
def test_the_finder_of_grabbers_lists_it(tvheadend, more):
    """Without /usr/bin: it would ask all of XMLTV's own, too."""
    path = f"{python_on_path(tvheadend.environment['HOME'])}:{os.path.dirname(GRABBER)}"
    ended = subprocess.run(
        [shutil.which("tv_find_grabbers"), *more, "baseline", "manualconfig", "apiconfig"],
        env={**tvheadend.environment, "PATH": path},
        capture_output=True,
        check=True,
    )
    assert ended.stdout.decode() == f"{GRABBER}|USA/Canada (Gracenote)\n"


@xmltv_util
def test_the_combiner_takes_it(tvheadend, few, tmp_path):
    config = tmp_path / "combiner.conf"
    with open(few, encoding="utf-8") as file:
        own = file.read().replace("\n", "&n")
    config.write_text(f"grabber={GRABBER};{own}\ngrabber={GRABBER};{own}\n")
    output = tmp_path / "both.xml"
    ended = subprocess.run(
        ["tv_grab_combiner", "--quiet", "--config-file", config, "--output", output],
        env={**tvheadend.environment, "GRACENOTE_POSTAL_CODE": ""},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    one = found_in(tvheadend.call("--config-file", few).out)
    assert found_in(output.read_text(encoding="utf-8")) == (2 * one[0], 2 * one[1])


@xmltv_util
@pytest.mark.parametrize(
    "command",
    [
        ["tv_cat"],
        ["tv_sort", "--duplicate-error"],
        ["tv_grep", "--channel-id", "20006.gracenote2epg"],
    ],
)
def test_the_filters_take_it(tvheadend, few, command):
    guide = tvheadend.call("--config-file", few).out
    ended = subprocess.run(
        command, input=guide.encode(), capture_output=True, env=tvheadend.environment, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    stations, programmes = found_in(ended.stdout.decode())
    if command[0] == "tv_grep":
        assert 0 < programmes < found_in(guide)[1]
    else:
        assert (stations, programmes) == found_in(guide)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
