"""What the tests share: builders, made-up worlds, stand-ins, and a clock."""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIB = os.path.join(ROOT, "lib")
TESTS = os.path.join(ROOT, "tests")
DATA = os.path.join(TESTS, "data")


def text_of(*names: str) -> str:
    """A file of the project, by its path from the root."""
    with open(os.path.join(ROOT, *names), encoding="utf-8") as file:
        return file.read()
