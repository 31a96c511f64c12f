"""The guide for each player, made on request from one store."""

import os
import threading

import pytest

from gracenote2epg.net.http_handler import BadQuery, File
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus
from gracenote2epg.web.variants import FOLDER, MAX_KEPT
from support import guides


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    return guides.settings(server, tmp_path, days=2, min_interval=0)


@pytest.fixture(name="status")
def _status(settings, clock):
    return RunStatus(settings, clock)


@pytest.fixture(name="ask")
def _ask(status):
    """The answer of a player's guide to these fields."""
    routes = app.routes(status)
    return lambda profile, **fields: routes[f"/guide/{profile}.xml"](
        {name: str(value) for name, value in fields.items()}
    )


def run(status):
    status.run(threading.Event(), lambda statistics: None)


def test_each_player_has_its_own_guide_of_the_same_programmes(status, ask, settings):
    routes = app.routes(status)
    assert ask("plex").status == routes["/guide/plex.xml.gz"]({}).status == 404  # none yet
    run(status)
    published = guides.programmes(settings.output)
    texts = {}
    for profile in ("any", "plex", "kodi", "mythtv"):
        answer = ask(profile)
        assert isinstance(answer, File)
        assert guides.programmes(answer.path) == published
        with open(answer.path, encoding="utf-8") as file:
            texts[profile] = file.read()
    with open(settings.output, encoding="utf-8") as file:
        assert texts["any"] == file.read()
    assert len(set(texts.values())) == 4
    packed = File(ask("plex").path, "application/gzip", as_gz=True)
    assert routes["/guide/plex.xml.gz"]({}) == packed
    assert routes["/guide.xml.gz"]({}) == packed._replace(path=settings.output)
    assert set(app.PACKED) <= set(app.PUBLIC)


def test_it_is_kept_until_the_next_guide(status, ask, clock):
    run(status)
    path = ask("plex").path
    first = os.stat(path)
    assert (ask("plex").path, os.stat(path).st_ino) == (path, first.st_ino)
    clock.advance(90_000)
    run(status)
    ask("plex")
    assert os.stat(path).st_ino != first.st_ino


def test_fields_choose_days_and_ids_and_wrong_ones_are_told(status, ask, settings):
    run(status)
    day = guides.programmes(ask("any", days=1).path)
    assert 0 < len(day) < len(guides.programmes(settings.output))
    with open(ask("any", channel_id="zap2epg").path, encoding="utf-8") as file:
        assert '.zap2epg">' in file.read()
    for fields in ({"days": 3}, {"days": "x"}, {"channel_id": "nobody's"}):
        with pytest.raises(BadQuery):
            ask("any", **fields)


def test_only_the_latest_are_kept(status, ask, settings):
    run(status)
    folder = os.path.join(settings.data_dir, FOLDER)
    for profile in ("any", "plex", "kodi", "jellyfin", "channels"):
        for days in (1, 2):
            path = ask(profile, days=days).path
    assert len(os.listdir(folder)) == MAX_KEPT
    assert os.path.exists(path)
