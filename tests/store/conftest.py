import pytest

from gracenote2epg.store.answers import Store


@pytest.fixture
def folder(tmp_path):
    """Of the data; the store makes it, and what is above it."""
    return str(tmp_path / "a" / "data")


@pytest.fixture
def store(folder, clock):
    with Store(folder, clock) as opened:
        yield opened
