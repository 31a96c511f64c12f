"""Makes a Kodi repository: plain files for any web space, from which Kodi installs and updates.

make_repository.py FOLDER URL ZIP

URL: where FOLDER will be served; ZIP: the add-on's. In FOLDER there is one folder for each Kodi
version, and repository.gracenote2epg-VERSION.zip, which users install once. The same zip and URL
make the same bytes.
"""

import hashlib
import os
import shutil
import sys
import zipfile
from typing import Dict, Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from make_zip import ADDON

VERSION = "1.0.0"  # of the repository add-on; raise it when its addon.xml changes
REPOSITORY_ID = "repository.gracenote2epg"
KODIS = {"nexus": ("19.9.0", "20.89.0"), "omega": ("20.90.0", "99.0.0")}  # and their versions
DIR = """    <dir minversion="{first}" maxversion="{last}">
      <info>{url}/{name}/addons.xml</info>
      <checksum verify="sha256">{url}/{name}/addons.xml.sha256</checksum>
      <datadir>{url}/{name}</datadir>
      <hashes>sha256</hashes>
    </dir>
"""
ADDON_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<addon id="{id}" name="gracenote2epg repository" version="{version}" provider-name="{provider}">
  <extension point="xbmc.addon.repository">
{dirs}  </extension>
  <extension point="xbmc.addon.metadata">
    <summary lang="en_GB">Installs gracenote2epg and keeps it up to date</summary>
    <platform>all</platform>
    <license>GPL-3.0-or-later</license>
    <assets>
      <icon>icon.png</icon>
    </assets>
  </extension>
</addon>
"""


def make_repository(folder: str, url: str, addon_zip: str) -> str:
    """Write the repository to ``folder``, anew; return the path of the zip that users install."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with zipfile.ZipFile(addon_zip) as archive:
        addon_xml = archive.read(f"{ADDON}/addon.xml").decode()
        addon = ElementTree.fromstring(addon_xml)  # noqa: S314 (our own)
        assets = [asset.text or "" for asset in addon.iterfind(".//assets/*")]
        pictures = {name: archive.read(f"{ADDON}/{name}") for name in assets}
        date = archive.infolist()[0].date_time
    address = escape(url.rstrip("/"))
    repository_xml = ADDON_XML.format(
        id=REPOSITORY_ID,
        version=VERSION,
        provider=escape(addon.attrib["provider-name"]),
        dirs="".join(
            DIR.format(name=name, first=first, last=last, url=address)
            for name, (first, last) in KODIS.items()
        ),
    )
    own_files = {"addon.xml": repository_xml.encode(), "icon.png": pictures["resources/icon.png"]}
    repository_zip = os.path.join(folder, f"{REPOSITORY_ID}-{VERSION}.zip")
    with zipfile.ZipFile(repository_zip, "w") as archive:
        for name, content in own_files.items():
            archive.writestr(zipfile.ZipInfo(f"{REPOSITORY_ID}/{name}", date), content)
    texts = [text.partition("?>")[2].strip() for text in (addon_xml, repository_xml)]
    listing = "\n".join(["<addons>", *texts, "</addons>", ""]).encode()
    for kodi in KODIS:
        place = os.path.join(folder, kodi)
        _add(place, ADDON, addon.attrib["version"], addon_zip, pictures)
        _add(place, REPOSITORY_ID, VERSION, repository_zip, own_files)
        _write(os.path.join(place, "addons.xml"), listing)
        _write_sums(os.path.join(place, "addons.xml"))
    return repository_zip


def _add(folder: str, addon_id: str, version: str, file: str, shown: Dict[str, bytes]) -> None:
    """Add an add-on's zip, and what Kodi shows of it before it is installed."""
    for name, content in shown.items():
        _write(os.path.join(folder, addon_id, name), content)
    target = os.path.join(folder, addon_id, f"{addon_id}-{version}.zip")
    shutil.copyfile(file, target)
    _write_sums(target)


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def _write_sums(path: str) -> None:
    """Write the checksums beside a file: Kodi reads .sha256, older tools .md5."""
    with open(path, "rb") as file:
        content = file.read()
    for name in ("md5", "sha256"):
        _write(f"{path}.{name}", hashlib.new(name, content).hexdigest().encode())


def main(arguments: Sequence[str]) -> None:
    if len(arguments) != 3 or "://" not in arguments[1]:
        raise SystemExit("make_repository.py FOLDER URL ZIP, with a URL like https://host/kodi")
    sys.stdout.write(f"{make_repository(*arguments)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
