"""What the tests share: builders, made-up worlds, stand-ins, and a clock."""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIB = os.path.join(ROOT, "lib")
TESTS = os.path.join(ROOT, "tests")
DATA = os.path.join(TESTS, "data")
