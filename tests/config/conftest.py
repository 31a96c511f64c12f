"""A user with an empty home, and ways to give them settings."""

import pytest

from gracenote2epg.config.settings import ADDON_ID

PROFILE = (".kodi", "userdata", "addon_data", ADDON_ID)


@pytest.fixture
def home(tmp_path):
    return tmp_path


@pytest.fixture
def environ(home):
    return {"HOME": str(home), "XDG_DATA_HOME": str(home / "share")}


@pytest.fixture
def addon(home):
    """Store a text, or settings, as Kodi does; returns the profile's folder."""

    def write(text="", **values):
        rows = [f'<setting id="{name}">{value}</setting>' for name, value in values.items()]
        text = text or f'<settings version="2">{"".join(rows)}</settings>'
        folder = home.joinpath(*PROFILE)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.xml").write_text(text, encoding="utf-8")
        return str(folder)

    return write


@pytest.fixture
def conf(home):
    """Write a config file and return its path."""

    def write(text, name="my.conf"):
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write
