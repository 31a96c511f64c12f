"""The page with the statistics, as the service serves it."""

import json
import socket
import threading
import urllib.error
import urllib.request

import pytest

from gracenote2epg.web import app
from support.browser import free_port
from support.builders import HOUR
from support.kodi_addon import HERE, SEEN, UNDER_WAY, LongRun, our_threads, ours


@pytest.fixture(name="port")
def _port(kodi):
    """Of a page that is switched on."""
    port = free_port()
    kodi.set(enable_monitoring="true", monitoring_port=port)
    return port


def stats(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats", timeout=5) as answer:
        return json.load(answer)


def is_served(port):
    try:
        return bool(stats(port))
    except OSError:
        return False


def wait_for(condition):
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError


def wait_for_page(kodi):
    wait_for(lambda: kodi.logged("the page is served"))


def test_the_page_is_served_between_runs_until_the_service_ends(kodi, port):
    kodi.set(postal_code=HERE)
    seen = []

    def look():
        wait_for_page(kodi)
        seen.append((stats(port)["run"], kodi.clock.now()))

    kodi.after(HOUR / 2, look)
    kodi.serve(1)
    ((run, now),) = seen
    assert run["phase"] == ""
    assert run["next"] > now + HOUR
    assert not is_served(port)


def test_the_page_shows_the_run_in_progress_even_after_a_change(kodi, port, server):
    server.faults.hold()
    kodi.patient = False
    kodi.set(postal_code=HERE, base_url=server.url, days=1)
    phases = []

    def look():
        assert server.faults.wait_held(1, 10)
        phases.append(stats(port)["run"]["phase"])
        kodi.set(max_workers=2)  # applies to the next run
        phases.append(stats(port)["run"]["phase"])
        kodi.quit()

    kodi.after(31, look)
    kodi.serve_backend(ours("backend"))
    assert phases == ["lineup"] * 2


def test_a_changed_port_moves_the_page_without_a_restart(kodi, port):
    kodi.set(postal_code=HERE)
    other, seen = free_port(), []

    def move():
        wait_for_page(kodi)
        kodi.log.clear()
        kodi.set(monitoring_port=other)
        wait_for_page(kodi)
        seen.append((is_served(port), is_served(other)))
        kodi.set(enable_monitoring="false")
        seen.append((is_served(port), is_served(other)))

    kodi.after(60, move)
    kodi.serve(1)
    assert seen == [(False, True), (False, False)]


def test_the_page_shows_each_run_though_settings_changed_during_the_last_one(kodi, port):
    kodi.set(postal_code=HERE)
    backend = LongRun(kodi)

    def change():
        wait_for_page(kodi)
        kodi.set(max_workers=2)
        backend.end()

    backend.meanwhile(change)
    kodi.after(UNDER_WAY + 1, kodi.ask, "run_now")
    kodi.serve_backend(backend, 0.5)
    assert [status is not None for status in backend.statuses] == [True, True]


def act(port, path, cookie="", **body):
    """The answer of an action, and the cookie that it sets."""
    address, headers = f"http://127.0.0.1:{port}{path}", {"Content-Type": "application/json"}
    asked = urllib.request.Request(
        address, json.dumps(body).encode(), {**headers, "Cookie": cookie}
    )
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return json.load(answer), answer.headers["Set-Cookie"]
    except urllib.error.HTTPError as refused:
        return json.load(refused), ""


def test_settings_are_saved_on_the_page_in_a_session_that_outlives_the_change(kodi, port):
    kodi.set(postal_code=HERE)
    seen = []

    def save():
        wait_for_page(kodi)
        seen.append(act(port, "/run")[0]["needs_code"])
        code = kodi.notifications[-1][1].split(": ")[-1]
        seen.append(kodi.logged(code))  # people publish Kodi's log
        cookie = act(port, "/session", code=code)[1].split(";")[0]
        wrong = {"days": "99", "offset": "1"}
        seen.append(sorted(act(port, "/settings/save", cookie, values=wrong)[0]["errors"]))
        seen.append(
            act(port, "/settings/save", cookie, values={"days": "3", "hour": ""})[0]["errors"]
        )
        wait_for(lambda: stats(port)["state"]["mistakes"] == [])
        rows = {row["name"]: row for row in act(port, "/settings", cookie)[0]["settings"]}
        seen.append((rows["days"]["value"], rows["offset"]["fixed"], kodi.values["days"]))
        kodi.set(tvh_url="ftp://x")  # on Kodi's page of settings
        wait_for(lambda: stats(port)["state"]["mistakes"])
        seen.append(act(port, "/run", cookie)[0]["field"])

    kodi.after(60, save)
    kodi.serve(1)
    saved = [["days", "offset"], {}, ("3", "the add-on", "3"), "tvh_url"]
    assert seen == [True, 0, *saved]


def test_two_changes_of_the_settings_at_once_do_not_end_the_page(kodi, port, monkeypatch):
    kodi.set(postal_code=HERE)
    show, shown = app.PageServer.show, []

    def show_slowly(server, status):
        threading.Event().wait(0.05)
        shown.append(status)
        show(server, status)

    def change():
        wait_for_page(kodi)
        monkeypatch.setattr(app.PageServer, "show", show_slowly)
        kodi.set(days="3")
        kodi.set(days="4")
        wait_for(lambda: shown and shown[-1].config.days == 4)

    kodi.after(60, change)
    kodi.serve(0.1)
    assert kodi.logged("the page is served") == 1


@pytest.mark.parametrize("at", [0, 30])
def test_the_page_is_served_before_there_is_a_postal_code(kodi, port, at):
    if at:
        kodi.set(enable_monitoring="false")
        kodi.after(at, kodi.set, enable_monitoring="true")
    seen = []

    def look():
        wait_for_page(kodi)
        seen.append(stats(port)["guide"])

    kodi.after(60, look)
    assert kodi.serve(1).at == []
    assert seen == [{}]
    assert kodi.builtins == ["RunScript(service.gracenote2epg,greet)"]


def test_a_port_in_use_is_told_once_and_does_not_end_the_run(kodi):
    def address():
        kodi.script("page", answers=[SEEN])
        kodi.in_script = False
        return kodi.asked[-1].text

    told = ("The page is off", "its port is taken. Choose another one in the settings")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        kodi.set(postal_code=HERE, enable_monitoring="true", monitoring_port=port)
        for _ in range(2):  # Kodis
            assert kodi.serve(12).at
            assert kodi.notifications == [told]
            kodi.restart()
        assert address() == ": ".join(told) + "."
    assert any(f"Port {port} " in line for line in kodi.lines("WARNING"))
    kodi.after(60, wait_for_page, kodi)
    kodi.serve(0.1)
    kodi.restart()
    assert f":{port}/" in address()
    assert kodi.notifications == [told]


def test_without_monitoring_there_is_no_page(kodi):
    kodi.set(postal_code=HERE)
    threads = []
    kodi.after(60, lambda: threads.append(our_threads()))
    kodi.serve(1)
    assert threads == [[]]
