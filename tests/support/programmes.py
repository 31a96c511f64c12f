"""The text of one programme, as the guide writes it."""

from typing import Any, Optional, Sequence
from xml.etree import ElementTree

from gracenote2epg.models import Airing, Details
from gracenote2epg.xmltv.options import Style
from gracenote2epg.xmltv.writer import Listing, ProgrammeWriter
from support.builders import station

STYLE = Style("img.example")


def listing(country: str = "USA", shared: Sequence[str] = (), **changes: Any) -> Listing:
    return Listing(station(**changes), country, frozenset(shared))


def written(
    own: Airing, known: Optional[Details] = None, style: Style = STYLE, country: str = "USA"
) -> str:
    """The text of one airing; known: the details of its series."""
    return ProgrammeWriter(lambda series_id: known, style).text(listing(country), [own])


def element(own: Airing, known: Optional[Details] = None, **kwargs: Any) -> ElementTree.Element:
    return ElementTree.fromstring(written(own, known, **kwargs))
