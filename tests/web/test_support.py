"""The support file on the page: only who has its key fetches it, and not for long."""

import logging
import os
import urllib.error
import urllib.request

import pytest

from gracenote2epg.config import paths
from gracenote2epg.config.settings import Config
from gracenote2epg.web import app, support
from gracenote2epg.web.status import RunStatus


@pytest.fixture(name="fetch")
def _fetch(tmp_path, clock):
    """Fetches a path of the page of a folder with a support file; returns the answer or error."""
    (tmp_path / "support.txt").write_text("what helps")
    config = paths.with_paths(Config(monitoring_port=0), str(tmp_path))
    with app.PageServer(RunStatus(config, clock)) as web:

        def fetch(path, **headers):
            request = urllib.request.Request(f"http://127.0.0.1:{web.port}{path}", headers=headers)
            try:
                return urllib.request.urlopen(request, timeout=5)
            except urllib.error.HTTPError as error:
                return error

        yield fetch


def test_who_has_the_key_saves_the_file_and_no_log_has_the_key(fetch, tmp_path, clock, caplog):
    caplog.set_level(logging.DEBUG)
    path = support.share(str(tmp_path), clock.now())
    with fetch(path) as answer:
        assert answer.read() == b"what helps"
        name = 'attachment; filename="gracenote2epg-support.txt"'
        assert answer.headers["Content-Disposition"] == name
    key = path.partition("=")[2]
    assert len(key) >= 22  # 128 bits
    assert "GET /support.txt?... HTTP/1.1" in caplog.text
    assert key not in caplog.text
    mode = os.stat(tmp_path / "support_key").st_mode
    assert os.name == "nt" or mode & 0o077 == 0


def test_without_the_key_of_these_minutes_there_is_nothing(fetch, tmp_path, clock):
    def found(path):
        with fetch(path) as answer:
            return answer.status, answer.read()

    nothing = found("/anything")
    assert nothing[0] == 404
    first, now = support.share(str(tmp_path), clock.now()), clock.now()
    latest = support.share(str(tmp_path), now)
    for path in ("/support.txt", "/support.txt?key=", first, f"{latest}x", f"{latest[:-1]}%ff"):
        assert found(path) == nothing
    for later, is_there in ((599, True), (601, False), (-3, False)):
        clock.set(now + later)
        assert (found(latest) != nothing) == is_there, later
    clock.set(now)
    (tmp_path / "support.txt").unlink()
    assert found(latest) == nothing
    (tmp_path / "support_key").write_text("")
    assert found("/support.txt?key=") == nothing


def test_a_link_in_an_app_fetches_it_and_a_script_of_another_site_does_not(fetch, tmp_path, clock):
    path = support.share(str(tmp_path), clock.now())

    def status(path, mode):
        with fetch(path, **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}) as answer:
            return answer.status

    assert status(path, "navigate") == 200
    assert status("/support.txt", "navigate") == 404
    assert [status(path, mode) for mode in ("no-cors", "cors")] == [403, 403]
    assert status("/stats", "navigate") == 403
