"""Python packages that Kodi has and the system lacks: LibreELEC has no pip."""

import os
import sys

# script.module.requests, .xmltodict and .defusedxml, and their dependencies.
_NAMES = ("requests", "xmltodict", "defusedxml", "urllib3", "certifi", "chardet", "idna")


def add_kodi_packages() -> None:
    """Append the packages of the add-ons beside ours to sys.path; the system's come first."""
    package = os.path.dirname(os.path.abspath(__file__))
    addons = os.path.abspath(os.path.join(package, *[os.pardir] * 4))
    for name in _NAMES:
        folder = os.path.join(addons, f"script.module.{name}", "lib")
        if os.path.isdir(folder) and folder not in sys.path:
            sys.path.append(folder)
