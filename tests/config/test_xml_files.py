"""Small XML documents: read with care, written atomically."""

import os

import pytest

from gracenote2epg.config.xml_files import read_xml, write_xml
from gracenote2epg.errors import InputFileError
from support.tables import not_refused

BOMB = """<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;">]>"""


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "some.xml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_elements_and_encodings(file):
    path = file('<a x="1">t<b>é &amp; ü</b><c/><c y="2">z</c></a>')
    assert read_xml(path) == {
        "a": {"@x": "1", "b": "é & ü", "c": [None, {"@y": "2", "#text": "z"}], "#text": "t"}
    }
    for content in (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<a>\xc3\xa9</a>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
        b"\xef\xbb\xbf<a>\xc3\xa9</a>",
        '<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16"),
        b"<a>&#233;</a>",
    ):
        assert read_xml(file(content)) == {"a": "é"}, content


def test_what_is_no_xml_or_brings_entities_is_an_error(file, tmp_path):
    """More of them are in tests/faults/test_hostile_files.py."""
    contents = (
        " ", "no xml", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<a x=1/>", b"<a>\xff</a>",
        '<?xml version="1.0" encoding="shift_jis"?><a/>', BOMB + "<a>&z;</a>", BOMB + "<a/>",
        ('<?xml version="1.0" encoding="UTF-16"?>' + BOMB + "<a>&z;</a>").encode("utf-16"),
    )  # fmt: skip
    assert not_refused(read_xml, map(file, contents), InputFileError, r"read .*some\.xml") == []
    missing = str(tmp_path / "none.xml")
    assert not_refused(read_xml, [missing, str(tmp_path), "a\x00b"], InputFileError) == []


def test_a_written_document_replaces_the_file_and_reads_back(file, clock):
    path = file("<old/>")
    document = {"a": {"@x": 'q"&<', "b": ["é & ü", "two"], "c": {"#text": "t", "@y": "2"}}}
    write_xml(path, document, clock.now())
    with open(path, encoding="utf-8") as written:
        assert written.readline() == '<?xml version="1.0" encoding="utf-8"?>\n'
    assert read_xml(path) == document
    assert os.listdir(os.path.dirname(path)) == ["some.xml"]
