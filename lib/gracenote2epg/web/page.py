"""The page itself."""

import base64
import hashlib
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..net.server import Text


_PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "index.html")


def read_page() -> "Text":
    """The page, allowed to run its own script and style and to ask this server, and nothing
    else.
    """
    from ..net.server import Text

    with open(_PAGE, "rb") as file:
        body = file.read()

    def allowed(name: bytes) -> str:
        inside = re.search(b"<%b>(.*?)</%b>" % (name, name), body, re.DOTALL)
        digest = hashlib.sha256(inside.group(1) if inside else b"").digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    policy = (
        f"default-src 'none'; script-src {allowed(b'script')}; style-src {allowed(b'style')};"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Text(body, "text/html; charset=utf-8", policy)
