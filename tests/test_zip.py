"""The add-on's zip, as make zip makes it."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile

import pytest

from gracenote2epg import __version__
from support import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

import make_zip

pytestmark = pytest.mark.skipif(
    not shutil.which("git") or not os.path.exists(os.path.join(ROOT, ".git")),
    reason="the zip is made of a commit",
)


@pytest.fixture(name="packed", scope="module")
def _packed(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("dist") / "addon.zip")
    make_zip.make_zip(path)
    with zipfile.ZipFile(path) as packed:
        yield packed


def test_all_of_it_is_in_the_addons_folder(packed):
    assert {name.split("/")[0] for name in packed.namelist()} == {"service.gracenote2epg"}
    assert packed.namelist()[0] == "service.gracenote2epg/"
    with packed.open("service.gracenote2epg/addon.xml") as file:
        assert f'version="{__version__}"' in file.read().decode()


def test_nothing_in_it_can_be_executed_though_the_grabber_can_in_git(packed):
    modes = {entry.filename: entry.external_attr >> 16 for entry in packed.infolist()}
    assert {stat.S_IMODE(mode) for mode in modes.values() if stat.S_ISREG(mode)} == {0o644}
    assert "service.gracenote2epg/bin/tv_grab_gracenote2epg" in modes
    tree = subprocess.run(
        ["git", "-C", ROOT, "ls-tree", "HEAD", "bin/tv_grab_gracenote2epg"],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    assert tree.startswith(b"100755")


def test_it_holds_what_the_addon_needs_and_nothing_else(packed):
    inside = {name.split("/")[1] for name in packed.namelist()} - {""}
    assert sorted(inside) == [
        "CHANGELOG.md", "LICENSE.txt", "README.md", "addon.xml", "bin", "lib",
        "resources", "service.py",
    ]  # fmt: skip
    assert not [name for name in packed.namelist() if name.endswith((".pyc", ".sh", ".toml"))]
    assert not [name for name in packed.namelist() if "/gracenote2epg/demo/" in name]


def test_a_releases_source_has_all_that_a_clone_has():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files"], check=True, stdout=subprocess.PIPE
    ).stdout.decode()
    with open(os.path.join(ROOT, "MANIFEST.in"), encoding="utf-8") as file:
        words = {word for line in file if line[0] != "#" for word in line.split()[1:]}
    inside = {name.split("/")[0] for name in listed.splitlines()}
    by_setuptools = {"LICENSE.txt", "MANIFEST.in", "README.md", "lib", "pyproject.toml"}
    of_git = {name for name in inside if name.startswith((".git", ".editorconfig"))} - {".github"}
    assert inside - words == by_setuptools | of_git


def test_without_a_repository_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(make_zip, "ROOT", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))  # that may be in a clone
    with pytest.raises(SystemExit, match="by git, in a clone"):
        make_zip.make_zip(str(tmp_path / "addon.zip"))


def test_the_demo_says_that_the_zip_does_not_contain_it(packed, tmp_path):
    packed.extractall(tmp_path)
    result = subprocess.run(
        [sys.executable, "-m", "gracenote2epg", "--demo", "--data-dir", str(tmp_path / "data")],
        cwd=tmp_path / "service.gracenote2epg" / "lib",
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.decode().strip() == (
        "gracenote2epg: The made-up source of --demo is not part of the Kodi add-on."
        " Run --demo from a checkout of the sources."
    )


def test_the_same_commit_makes_the_same_bytes(packed, tmp_path):
    again = str(tmp_path / "again.zip")
    make_zip.make_zip(again)
    with open(packed.filename, "rb") as one, open(again, "rb") as other:
        assert one.read() == other.read()
