"""Small XML documents, other than the guide: reads other programs' files, writes ours."""

from typing import Any, Dict, List
from xml.parsers.expat import ErrorString

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError
from defusedxml.ElementTree import fromstring as check

from ..errors import InputFileError, os_error_text
from ..util.files import read_limited, write_text


def read_xml(path: str) -> Dict[str, Any]:
    """Return the document as xmltodict's dictionaries: "@id" for attributes, "#text" for text.

    defusedxml checks it first, because xmltodict 0.12 expands entities. Raises InputFileError for a
    file that is missing, too large or no XML, has an unknown encoding or defines entities.
    """
    import xmltodict  # loads urllib.request, and few runs read such a file

    try:
        text = read_limited(path)
        check(text, forbid_dtd=True)
        return dict(xmltodict.parse(text))
    except (OSError, ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputFileError(path, problem_of(error)) from error


def problem_of(error: Exception) -> str:
    """Why XML cannot be parsed, without any of its text: the file may be any of this machine."""
    if isinstance(error, ParseError):
        line, column = error.position
        return f"{ErrorString(error.code)}: line {line}, column {column}"
    if isinstance(error, DefusedXmlException):
        return "it defines entities, or has a DTD"
    if isinstance(error, LookupError):
        return "its encoding is not known"
    return os_error_text(error) or type(error).__name__


def setting_rows(path: str) -> List[Dict[str, str]]:
    """The elements in the settings file of a Kodi add-on, as ``read_xml`` gives them and raises."""
    document = read_xml(path).get("settings")
    rows = document.get("setting") if isinstance(document, dict) else None
    return [row for row in (rows if isinstance(rows, list) else [rows]) if isinstance(row, dict)]


def read_settings(path: str) -> Dict[str, str]:
    """The settings of a Kodi add-on that the user has changed, by id. Raises InputFileError.

    Kodi 18 and newer write the value as text, older ones as an attribute.
    """
    return {
        row.get("@id", ""): row.get("#text") or row.get("@value") or ""
        for row in setting_rows(path)
        if row.get("@default") != "true"
    }


def write_xml(path: str, document: Dict[str, Any], now: float) -> None:
    """Write the document atomically. now: seconds since the epoch."""
    write_text(path, to_text(document), now)


def to_text(document: Dict[str, Any]) -> str:
    """The document as UTF-8 text with an XML declaration."""
    import xmltodict

    return f"{xmltodict.unparse(document, pretty=True)}\n"
