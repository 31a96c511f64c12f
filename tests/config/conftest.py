"""A user with an empty home, and ways to give them settings."""

import functools

import pytest

from support.machine import store_addon_settings


@pytest.fixture
def home(tmp_path):
    return tmp_path


@pytest.fixture
def environ(home):
    return {"HOME": str(home), "XDG_DATA_HOME": str(home / "share")}


@pytest.fixture
def addon(home):
    return functools.partial(store_addon_settings, home)


@pytest.fixture
def conf(home):
    def write(text, name="my.conf"):
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write
