"""A real Kodi gets the add-on from the repository, and its next version in the middle of life."""

import functools
import os
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gracenote2epg import __version__
from support import ROOT

from .addon import ADDON, RUN, guide_of, prepare, with_version
from .home import MODULES

sys.path.insert(0, os.path.join(ROOT, "tools"))

from make_repository import REPOSITORY_ID, make_repository

NEXT_VERSION = "99.0.1"


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        """Say nothing."""


@pytest.fixture(name="web")
def _web(tmp_path):
    """A web space: its folder and its address."""
    folder = str(tmp_path / "web")
    os.mkdir(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=folder))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_kodi_installs_from_the_repository_and_updates_by_itself(
    new_kodi, zip_file, server, web, tmp_path
):
    folder, address = web
    with new_kodi() as kodi:
        kodi.home.unpack(make_repository(folder, address, zip_file))
        prepare(kodi.home, server, postal_code="90210", details="false")
        kodi.start(*MODULES, REPOSITORY_ID)
        kodi.builtin("UpdateAddonRepos")
        kodi.builtin(f"InstallAddon({ADDON})")
        kodi.wait(lambda: kodi.visible("yesnodialog"), "question", RUN)
        kodi.press("left", "select")
        kodi.wait(lambda: kodi.enabled(ADDON), "add-on", RUN)
        kodi.wait(lambda: os.path.exists(guide_of(kodi.home)), "guide", RUN)
        assert kodi.version(ADDON) == __version__

        newer = with_version(zip_file, NEXT_VERSION, str(tmp_path))
        make_repository(folder, address, newer)
        asked = server.counts.requests
        kodi.rpc("Settings.SetSettingValue", {"setting": "general.addonupdates", "value": 0})
        kodi.builtin("UpdateAddonRepos")
        kodi.wait(lambda: kodi.version(ADDON) == NEXT_VERSION, "update", RUN)
        kodi.wait(lambda: len(kodi.lines("is ready")) == 2, "service")
        assert kodi.setting(ADDON, "postal_code") == "90210"
        assert server.counts.requests == asked  # the store is kept
        assert kodi.complaints() == []
