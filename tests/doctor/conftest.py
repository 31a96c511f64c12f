"""A machine for the doctor to check."""

import dataclasses
import threading

import pytest

from gracenote2epg.doctor import checks
from support import guides
from support.clock import touch
from support.diagnosis import Diagnosis


@pytest.fixture
def settings(server, tmp_path):
    """Of a machine without any run."""
    return guides.settings(server, tmp_path)


@pytest.fixture
def grabbed(server, clock, prepared):
    """The settings of a machine with a fresh guide of two days, so that midnight may pass."""

    def grab(folder):
        settings = guides.settings(server, folder, days=2)
        guides.grab(settings, clock)
        touch(settings.output, clock.now())

    folder, _ = prepared(grab)
    server.reset_counts()
    return guides.settings(server, folder, days=2)


@pytest.fixture
def examine(clock):
    """The doctor's report for settings with changes."""

    def run(config, **changes):
        changed = dataclasses.replace(config, **changes)
        return Diagnosis(*checks.run_checks(changed, threading.Event(), clock))

    return run


@pytest.fixture
def playlist(tmp_path):
    """Writes a playlist with the first channel of the guide; returns its path."""

    def write(settings):
        path = tmp_path / "tv.m3u"
        station = guides.channels(settings.output)[0]
        path.write_text(f'#EXTM3U\n#EXTINF:-1 tvg-id="{station}",It\nhttp://127.0.0.1/1\n')
        return str(path)

    return write
