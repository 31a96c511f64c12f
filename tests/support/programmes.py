"""One programme as the guide's writer writes it."""

from typing import Any, Optional, Sequence
from xml.etree import ElementTree

from gracenote2epg.models import Airing, Details
from gracenote2epg.xmltv.options import Style
from gracenote2epg.xmltv.writer import Listing, ProgrammeWriter
from support.builders import airing, station

STYLE = Style("img.example")


def listing(
    country: str = "USA", shared: Sequence[str] = (), twin: bool = False, **changes: Any
) -> Listing:
    """shared: numbers that another station has; twin: another one has its call sign."""
    return Listing(station(**changes), country, frozenset(shared), twin)


def written(
    shown: Airing, details: Optional[Details] = None, style: Style = STYLE, country: str = "USA"
) -> str:
    """The text of one airing, with these details of its series."""
    return ProgrammeWriter(lambda series_id: details, style).text(listing(country), [shown])


def element(
    changes: Any = None, details: Optional[Details] = None, **given: Any
) -> ElementTree.Element:
    """The same as an element, of an airing with these changes."""
    return ElementTree.fromstring(written(airing(**(changes or {})), details, **given))
