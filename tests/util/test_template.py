"""The user's template of a description."""

import pytest

from gracenote2epg.template import PLACEHOLDERS, fill, parse

KNOWN = {
    **dict.fromkeys(PLACEHOLDERS, ""),
    "description": "A band visits the harbor.",
    "cast": "Bo Sample, Ada Example",
    "number": "S03E17",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{description}", "A band visits the harbor."),
        ("{number} {description}", "S03E17 A band visits the harbor."),
        ("{description}[ With {cast}.]", "A band visits the harbor. With Bo Sample, Ada Example."),
        ("{description}[ ({year})]", "A band visits the harbor."),
        ("{description} ({year})", "A band visits the harbor. ()"),
        ("[{year}, {number}: ]{description}", ", S03E17: A band visits the harbor."),
        (r"{description}\n[{cast}]", "A band visits the harbor.\nBo Sample, Ada Example"),
        ("[{year}]", ""),
        ("no placeholder at all", "no placeholder at all"),
    ],
)
def test_a_filled_template(text, expected):
    assert fill(parse(text), KNOWN) == expected


@pytest.mark.parametrize(
    "text",
    ["{nobody}", "{year", "year}", "[{year}", "{year}]", "[[{year}]]", "{{year}}", "{}", "{year!r}",
     "{year.__class__}", "{0}", "[never]{number}", "{number}[]"],
)  # fmt: skip
def test_a_template_with_a_mistake_is_refused(text):
    with pytest.raises(ValueError, match=r"\{description\}"):
        parse(text)


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_every_placeholder_can_be_used(name):
    assert fill(parse(f"<{{{name}}}>"), {**KNOWN, name: "it"}) == "<it>"
