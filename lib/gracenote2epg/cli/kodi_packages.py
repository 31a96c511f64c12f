"""Where the Python packages are that Kodi has and the system has not: LibreELEC knows no pip."""

import os
import sys

# What script.module.requests, .xmltodict and .defusedxml bring, and what they need themselves.
_NAMES = ("requests", "xmltodict", "defusedxml", "urllib3", "certifi", "chardet", "idna")


def add_kodi_packages() -> None:
    """Make the packages of the add-ons beside ours importable, after those that the system has."""
    package = os.path.dirname(os.path.abspath(__file__))
    addons = os.path.abspath(os.path.join(package, *[os.pardir] * 4))
    for name in _NAMES:
        folder = os.path.join(addons, f"script.module.{name}", "lib")
        if os.path.isdir(folder) and folder not in sys.path:
            sys.path.append(folder)
