"""The user's template of a description."""

from gracenote2epg.util.template import PLACEHOLDERS, fill, parse
from support.tables import not_refused, wrong

KNOWN = {
    **dict.fromkeys(PLACEHOLDERS, ""),
    "description": "A band visits the harbor.",
    "cast": "Bo Sample, Ada Example",
    "number": "S03E17",
}
FILLED = [
    ("{description}", "A band visits the harbor."),
    ("{number} {description}", "S03E17 A band visits the harbor."),
    ("{description}[ With {cast}.]", "A band visits the harbor. With Bo Sample, Ada Example."),
    ("{description}[ ({year})]", "A band visits the harbor."),
    ("{description} ({year})", "A band visits the harbor. ()"),
    ("[{year}, {number}: ]{description}", ", S03E17: A band visits the harbor."),
    (r"{description}\n[{cast}]", "A band visits the harbor.\nBo Sample, Ada Example"),
    ("[{year}]", ""),
    ("no placeholder at all", "no placeholder at all"),
]  # fmt: skip
MISTAKES = ["{nobody}", "{year", "year}", "[{year}", "{year}]", "[[{year}]]", "{{year}}", "{}",
            "{year!r}", "{year.__class__}", "{0}", "[never]{number}", "{number}[]"]  # fmt: skip


def test_a_filled_template():
    assert wrong(lambda text: fill(parse(text), KNOWN), FILLED) == []


def test_a_template_with_a_mistake_is_refused_with_an_example():
    assert not_refused(parse, MISTAKES, ValueError, r"\{description\}") == []


def test_every_placeholder_can_be_used():
    def filled(name):
        return fill(parse(f"<{{{name}}}>"), {**KNOWN, name: "it"})

    assert wrong(filled, [(name, "<it>") for name in PLACEHOLDERS]) == []
