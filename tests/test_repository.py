"""The Kodi repository, as make repository makes it, read as Kodi reads it."""

import hashlib
import os
import sys
import zipfile
from xml.etree import ElementTree

import pytest

from support import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

import make_repository

URL = "https://tv.example/kodi"
ADDON, REPOSITORY = make_repository.ADDON, make_repository.REPOSITORY_ID


@pytest.fixture(name="addon_zip")
def _addon_zip(tmp_path):
    path = str(tmp_path / "addon.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{ADDON}/", (2026, 9, 12, 20, 0, 0)), b"")
        for name in ("addon.xml", "resources/icon.png", "resources/fanart.png"):
            archive.write(os.path.join(ROOT, name), f"{ADDON}/{name}")
        for name in os.listdir(os.path.join(ROOT, "resources", "screenshots")):
            path_in_zip = f"resources/screenshots/{name}"
            archive.write(os.path.join(ROOT, path_in_zip), f"{ADDON}/{path_in_zip}")
    return path


def files(folder):
    """The content of each file, by its path in the folder."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def test_kodi_finds_what_the_repository_addon_promises(tmp_path, addon_zip):
    installed = make_repository.make_repository(str(tmp_path / "web"), URL + "/", addon_zip)
    web = files(tmp_path / "web")
    with zipfile.ZipFile(installed) as archive:
        own = ElementTree.fromstring(archive.read(f"{REPOSITORY}/addon.xml"))
        assert f"{REPOSITORY}/icon.png" in archive.namelist()
    dirs = own.findall(".//dir")
    spans = [(place.attrib["minversion"], place.attrib["maxversion"]) for place in dirs]
    assert spans == [("19.9.0", "20.89.0"), ("20.90.0", "99.0.0")]
    for place in dirs:
        info, checksum, datadir = (
            place.findtext(name)[len(URL) + 1 :] for name in ("info", "checksum", "datadir")
        )
        assert web[checksum].decode() == hashlib.sha256(web[info]).hexdigest()
        listed = ElementTree.fromstring(web[info])
        assert [addon.attrib["id"] for addon in listed] == [ADDON, REPOSITORY]
        for addon in listed:
            addon_id, version = addon.attrib["id"], addon.attrib["version"]
            path = f"{datadir}/{addon_id}/{addon_id}-{version}.zip"
            assert web[f"{path}.sha256"].decode() == hashlib.sha256(web[path]).hexdigest()
            for asset in addon.iterfind(".//assets/*"):
                assert web[f"{datadir}/{addon_id}/{asset.text}"]


def test_the_same_zip_and_address_make_the_same_bytes(tmp_path, addon_zip):
    for name in ("one", "two", "two"):  # the last one replaces
        make_repository.make_repository(str(tmp_path / name), URL, addon_zip)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_it_asks_for_an_address(tmp_path, addon_zip):
    for arguments in ([], [str(tmp_path)], [str(tmp_path), "kodi", addon_zip]):
        with pytest.raises(SystemExit, match="URL"):
            make_repository.main(arguments)
