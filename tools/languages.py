"""Copies the texts of one language to its other country; a test fails when a copy is stale.

Kodi's own words differ between countries; the texts take those from Kodi. So French and Spanish
have one text each, which is written in fr_fr and es_es.
"""

import os
from typing import Iterator, List

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPIES = (("fr_FR", "fr_CA"), ("es_ES", "es_MX"))


def path(country: str) -> str:
    folder = f"resource.language.{country.lower()}"
    return os.path.join(ROOT, "resources", "language", folder, "strings.po")


def pages() -> Iterator[List[str]]:
    """Each copy: its path and its text."""
    for source, target in COPIES:
        with open(path(source), encoding="utf-8") as file:
            yield [path(target), file.read().replace(f"Language: {source}", f"Language: {target}")]
