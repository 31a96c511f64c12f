"""Small XML documents: reads what someone else wrote, writes what others read. Not the guide."""

import os
from typing import Any, Dict

import xmltodict
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError
from defusedxml.ElementTree import fromstring as check

from .errors import DataError


def read_xml(path: str) -> Dict[str, Any]:
    """Return the document as xmltodict's dictionaries: "@id" for attributes, "#text" for text.

    defusedxml looks first, because xmltodict 0.12 expands entities. Raises DataError when the
    file is missing, is no XML, is in an encoding that nobody knows, or brings entities of its own.
    """
    try:
        with open(path, "rb") as file:
            text = file.read()
        check(text, forbid_dtd=True)
        return dict(xmltodict.parse(text))
    except (OSError, ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DataError(path, str(error) or type(error).__name__) from error


def write_xml(path: str, document: Dict[str, Any]) -> None:
    """Write the document beside ``path`` and put it in its place at once."""
    beside = f"{path}.new"
    with open(beside, "w", encoding="utf-8") as file:
        file.write(xmltodict.unparse(document, pretty=True))
    os.replace(beside, path)
