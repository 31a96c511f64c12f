"""Mutants of good JSON, by seed."""

import copy
import json
import random
from typing import Any, List, Tuple


class Raw(str):
    """JSON text that no encoder would write."""


TEXTS = [
    "", " ", "\x00", "\x1b[2J\x1b]0;owned\x07", "line\nbreak\r\n", "\u202eevil", "\ud800",
    "\udfff\ud800", "a" * 100_000, "../../../../etc/passwd", "..\\..\\x", "/etc/passwd",
    "'; DROP TABLE windows; --",
    '"/><script>alert(1)</script>', "<img src=x onerror=alert(1)>", "]]>", "<!--", "&lt;", "&#0;",
    "&#1&#999999999;" + "5" * 5000, "&#x110000;", "&bogus;", "\ufffe", "\ufffd", "%n%s%x", "{0}",
    "SH09000100", "sh00000000", "EP090001000017", "2026-09-13T03:29:00Z", "9999-12-31T23:59:59Z",
    "0000-00-00T00:00Z", "2026-09-13T99:99:99Z", "http://a/?x=<&>", "//h/p/a.png", "\u0663\u0664",
    "\u00b2", "NaN", "null", "true", "S1E1", "TV-14\x07", "a,b|c", "\u2028", "\x85", "x" * 65,
]  # fmt: skip
RAWS = [
    "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "-0", "9" * 10_000,
    "0." + "1" * 5000, "[" * 200 + "]" * 200, "[" * 900 + "]" * 900,
    '{"a":' * 200 + "1" + "}" * 200, '{"a":1,"a":2,"a":[]}', '"\\ud800"', '"\\u0000\\u001b"',
    "true", "null", "[]", "{}", "[[]]", '[{"a": [null]}]', '{"": {"": ""}}',
    "[{}" + ",{}" * 500 + "]",
]  # fmt: skip
KEYS = ["", "title", "channelId", "tmsID", "events", "program", "\ud800", "__class__", "a" * 1000]
DEEP = ["[" * 100_000, '{"channels":' * 50_000, "[" * 100_000 + "]" * 100_000]


def places_of(value: Any) -> List[Tuple[Any, Any]]:
    pairs, todo = [], [value]
    while todo:
        node = todo.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            pairs.append((node, key))
            if isinstance(node[key], (dict, list)):
                todo.append(node[key])
    return pairs


def mutant(value: Any, random_: random.Random) -> bytes:
    """The JSON of a copy with one to six places changed, gone, doubled, renamed or swapped; of some
    the bytes are spoilt too."""
    value = copy.deepcopy(value)
    for _ in range(random_.randint(1, 6)):
        places = places_of(value)
        if not places:
            break
        node, key = random_.choice(places)
        action = random_.randrange(7)
        if action < 2:
            node[key] = random_.choice(TEXTS)
        elif action < 4:
            node[key] = Raw(random_.choice(RAWS))
        elif action == 4:
            del node[key]
        elif action == 5:
            other, at = random_.choice(places)
            node[key] = copy.deepcopy(other[at])
        elif isinstance(node, dict):
            node[random_.choice(KEYS)] = node.pop(key)
        else:
            node.extend(copy.deepcopy(node[key]) for _ in range(3))
    body = written(value)
    return spoilt(body, random_) if random_.random() < 0.1 else body


def written(value: Any) -> bytes:
    raws: List[str] = []

    def marked(node_: Any) -> Any:
        if isinstance(node_, Raw):
            raws.append(node_)
            return f"@raw {len(raws) - 1}@"
        if isinstance(node_, dict):
            return {name: marked(inner) for name, inner in node_.items()}
        return [marked(inner) for inner in node_] if isinstance(node_, list) else node_

    text = json.dumps(marked(value))
    for number, raw in enumerate(raws):
        text = text.replace(f'"@raw {number}@"', raw)
    return text.encode()


def spoilt(body: bytes, random_: random.Random) -> bytes:
    at, to = sorted(random_.randrange(len(body)) for _ in range(2))
    return random_.choice(
        [
            body[:at],
            body[:at] + bytes([random_.randrange(256)]) + body[at + 1 :],
            body[:to] + body[at:],
            b"\xff\xfe" + body,
            body.decode("latin-1").encode("utf-16"),
            b"\xef\xbb\xbf" + body,
            body + body,
            random_.choice(DEEP).encode(),
        ]
    )
