import contextlib
import os
import sqlite3

import pytest

from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE


class StoreFile:
    """The store's file in a folder, to be changed behind the store's back."""

    def __init__(self, folder):
        self.folder, self.path = folder, os.path.join(folder, FILE)

    @property
    def content(self):
        with open(self.path, "rb") as file:
            return file.read()

    def write(self, content):
        os.makedirs(self.folder, exist_ok=True)
        with open(self.path, "wb") as file:
            file.write(content)

    def overwrite(self, offset, content):
        with open(self.path, "r+b") as file:
            file.seek(offset)
            file.write(content)

    @contextlib.contextmanager
    def database(self):
        with contextlib.closing(sqlite3.connect(self.path)) as db, db:
            yield db

    @property
    def names_set_aside(self):
        names = [name for name in os.listdir(self.folder) if name.startswith(f"{FILE}.")]
        return [name for name in names if not name.endswith(("-wal", "-shm", "-journal"))]


@pytest.fixture
def folder(tmp_path):
    """The data directory; neither it nor its parent exists."""
    return str(tmp_path / "a" / "data")


@pytest.fixture
def file(folder):
    return StoreFile(folder)


@pytest.fixture
def store(folder, clock):
    with Store(folder, clock) as opened:
        yield opened
