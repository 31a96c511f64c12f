"""Kodi's own checker on the add-on's zip, without a network: check_addon.py FILE

Needs the package kodi-addon-checker. It always downloads the lists of Kodi's repositories and asks
for every address in addon.xml; here a list of what the add-on imports replaces the former, and only
the form of an address is checked. Ends with 1 when it finds a problem or a warning.
"""

import argparse
import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile
from typing import Any, Sequence, Tuple

# What the repositories of nexus and later have.
REPOSITORY = {
    "script.module.requests": "2.31.0",
    "script.module.xmltodict": "0.12.0+matrix.2",
    "script.module.defusedxml": "0.6.0+matrix.1",
}
BRANCHES = ("nexus", "omega", "piers")


def unpack(path: str, folder: str) -> str:
    """Unpack the zip with the modes that it holds; return the add-on's folder."""
    with zipfile.ZipFile(path) as packed:
        for entry in packed.infolist():
            extracted = packed.extract(entry, folder)
            os.chmod(extracted, entry.external_attr >> 16 or 0o644)
        return os.path.join(folder, packed.namelist()[0].split("/")[0])


def check(folder: str, branch: str) -> Tuple[int, int]:
    """Return the numbers of problems and warnings for a branch of Kodi, and print them."""
    from kodi_addon_checker import check_addon
    from kodi_addon_checker.__main__ import check_artifact

    options = argparse.Namespace(
        branch=branch,
        PR=False,
        allow_folder_id_mismatch=False,
        enable_debug_log=False,
        skip_dependency_checks=False,
        reporter=None,
        dir=[folder],
    )
    report = check_artifact(folder, options, check_addon.get_all_repo_addons())
    return report.problem_count, report.warning_count


def patch_downloads() -> None:
    """Replace the downloads by the list above and a check of the addresses' form."""
    from kodi_addon_checker import check_url
    from kodi_addon_checker.addons.Addon import Addon
    from kodi_addon_checker.addons.Repository import Repository
    from kodi_addon_checker.common import load_plugins
    from kodi_addon_checker.record import WARNING, Record

    def repository(self: Any, version: str, path: str) -> None:
        self.version, self.path = version, path
        self.addons = [
            Addon(ElementTree.Element("addon", id=name, version=number))
            for name, number in REPOSITORY.items()
        ]

    def look_at_form(report: Any, addon: Any) -> None:
        for tag in ("forum", "source", "website"):
            for found in addon.iterfind(f"./extension/{tag}"):
                if found.text and not re.fullmatch(r"https?://[\w.-]+(/\S*)?", found.text):
                    report.add(Record(WARNING, f"{tag}: {found.text} is not an address"))

    Repository.__init__ = repository
    check_url.check_url = look_at_form
    load_plugins()


def main(arguments: Sequence[str]) -> int:
    patch_downloads()
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        addon = unpack(arguments[0], folder)
        for branch in BRANCHES:
            problems, warnings = check(addon, branch)
            sys.stdout.write(f"{branch}: {problems} problems, {warnings} warnings\n")
            found += problems + warnings
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
