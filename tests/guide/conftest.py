import pytest

from gracenote2epg.store.answers import Store
from support.place import Place


@pytest.fixture
def store(tmp_path, clock):
    with Store(str(tmp_path / "data"), clock) as opened:
        yield opened


@pytest.fixture
def place(store, tmp_path):
    """Where a guide is published, in a folder to be made."""
    return Place(store, tmp_path / "out" / "guide.xml")


@pytest.fixture(params=["guide.xml", "guide.xml.gz"])
def any_place(request, store, tmp_path):
    """The same for a plain guide and a packed one."""
    return Place(store, tmp_path / "out" / request.param)
