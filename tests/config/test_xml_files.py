"""Small XML documents of other programs: read with suspicion, written whole."""

import contextlib
import os

import pytest

from gracenote2epg.config.xml_files import read_xml, write_xml
from gracenote2epg.errors import InputFileError
from support.tables import not_refused

BOMB = """<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;">]>"""


@pytest.fixture
def file(tmp_path):
    """Write bytes or text to a file and return its path."""

    def write(content):
        path = tmp_path / "some.xml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_attributes_texts_and_repeated_elements(file):
    path = file('<a x="1">t<b>é &amp; ü</b><c/><c y="2">z</c></a>')
    assert read_xml(path) == {
        "a": {"@x": "1", "b": "é & ü", "c": [None, {"@y": "2", "#text": "z"}], "#text": "t"}
    }


def test_encodings(file):
    for content in (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<a>\xc3\xa9</a>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
        b"\xef\xbb\xbf<a>\xc3\xa9</a>",
        '<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16"),
        b"<a>&#233;</a>",
    ):
        assert read_xml(file(content)) == {"a": "é"}, content


def test_what_is_no_xml_is_an_error_that_names_the_file(file):
    for content in (
        "", " ", "no xml", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<a x=1/>",
        b"<a>\xff</a>", b"<a>\x00</a>", "<html><body>Oops<br></body></html>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b'<?xml version="1.0" encoding="shift_jis"?><a/>',
    ):  # fmt: skip
        path = file(content)
        with pytest.raises(InputFileError, match=r"Cannot read .*some\.xml") as caught:
            read_xml(path)
        assert path in str(caught.value)
        assert caught.value.exit_code == 7


def test_documents_that_bring_entities_or_a_dtd_are_refused(file):
    documents = [
        BOMB + "<a>&z;</a>",
        BOMB + "<a/>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        "<!DOCTYPE a><a/>",
        ('<?xml version="1.0" encoding="UTF-16"?>' + BOMB + "<a>&z;</a>").encode("utf-16"),
    ]
    paths = (file(document) for document in documents)
    assert not_refused(read_xml, paths, InputFileError, r"some\.xml") == []


def test_what_cannot_be_a_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(InputFileError, match=r"none\.xml"):
        read_xml(str(tmp_path / "none.xml"))
    assert not_refused(read_xml, [str(tmp_path), "a\x00b"], InputFileError) == []


def test_deep_nesting_is_read_or_refused(file):
    with contextlib.suppress(InputFileError):
        read_xml(file("<a>" * 5000 + "</a>" * 5000))


def test_what_is_written_reads_back(tmp_path, clock):
    document = {"a": {"@x": 'q"&<', "b": ["é & ü", "two"], "c": {"#text": "t", "@y": "2"}}}
    path = str(tmp_path / "new.xml")
    write_xml(path, document, clock.now())
    assert read_xml(path) == document
    assert os.listdir(str(tmp_path)) == ["new.xml"]
    with open(path, "rb") as file:
        assert file.read(38) == b'<?xml version="1.0" encoding="utf-8"?>'


def test_writing_replaces_a_file_as_a_whole(file, monkeypatch, clock):
    path = file("<old/>")
    seen = []
    real = os.replace

    def replace(source, target):
        with open(target) as old, open(source) as new:
            seen.append((old.read(), "<new>" in new.read()))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    write_xml(path, {"new": {"x": None}}, clock.now())
    assert seen == [("<old/>", True)]
    assert read_xml(path) == {"new": {"x": None}}
