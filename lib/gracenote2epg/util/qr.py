"""QR codes by ISO/IEC 18004: text as bytes, versions 1 to 9, error correction M."""

import itertools
import re
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from . import png

Matrix = List[List[bool]]  # rows from the top; True = dark
Cells = List[List[Optional[bool]]]  # the same; None = for data

QUIET_ZONE = 4  # light modules around a code


class _Version(NamedTuple):
    """codewords: of data and correction. corrections: codewords of each block."""

    number: int
    codewords: int
    corrections: int
    blocks: int
    alignment: Tuple[int, ...] = ()

    @property
    def data(self) -> int:
        """Codewords of data."""
        return self.codewords - self.corrections * self.blocks

    @property
    def size(self) -> int:
        """Modules on each side."""
        return 17 + 4 * self.number


_VERSIONS = (
    _Version(1, 26, 10, 1),
    _Version(2, 44, 16, 1, (6, 18)),
    _Version(3, 70, 26, 1, (6, 22)),
    _Version(4, 100, 18, 2, (6, 26)),
    _Version(5, 134, 24, 2, (6, 30)),
    _Version(6, 172, 16, 4, (6, 34)),
    _Version(7, 196, 18, 4, (6, 22, 38)),
    _Version(8, 242, 22, 4, (6, 24, 42)),
    _Version(9, 292, 22, 5, (6, 26, 46)),
)
_MASKS: Sequence[Callable[[int, int], int]] = (  # of x and y; where they give 0, a module is turned
    lambda x, y: (x + y) % 2,
    lambda x, y: y % 2,
    lambda x, y: x % 3,
    lambda x, y: (x + y) % 3,
    lambda x, y: (x // 3 + y // 2) % 2,
    lambda x, y: x * y % 2 + x * y % 3,
    lambda x, y: (x * y % 2 + x * y % 3) % 2,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2,
)


def picture(text: str, scale: int) -> bytes:
    """The code as PNG, with its quiet zone. scale: pixels of a module. Raises ValueError."""
    code = encode(text)
    light = [[False] * len(code)] * QUIET_ZONE
    sides = [False] * QUIET_ZONE
    rows: List[bytes] = []
    for row in (*light, *code, *light):
        modules = (*sides, *row, *sides)
        pixels = b"".join((b"\0" if dark else b"\xff") * scale for dark in modules)
        rows += [b"\0" + pixels] * scale
    return png.encode(len(rows), rows)


def encode(text: str) -> Matrix:
    """The code without its quiet zone. Raises ValueError for a text of more than 180 bytes."""
    content = text.encode()
    fitting = (row for row in _VERSIONS if len(content) + 2 <= row.data)
    version = next(fitting, None)
    if version is None:
        raise ValueError(f"{len(content)} bytes are too many for a QR code")
    bits = _bits(_codewords(content, version))
    return min((_drawn(version, bits, mask) for mask in range(8)), key=_penalty)


def _codewords(content: bytes, version: _Version) -> List[int]:
    """Data and corrections in the order in which they are drawn."""
    # Mode 4 = bytes, the length in 8 bits, the content, four zeros.
    number = ((4 << 8 | len(content)) << 8 * len(content) | int.from_bytes(content, "big")) << 4
    data = [*number.to_bytes(len(content) + 2, "big")]
    data += itertools.islice(itertools.cycle((0xEC, 0x11)), version.data - len(data))
    short, longer = divmod(version.data, version.blocks)
    sizes = [short + (index >= version.blocks - longer) for index in range(version.blocks)]
    rest = iter(data)
    blocks = [list(itertools.islice(rest, size)) for size in sizes]
    corrections = [_corrections(block, version.corrections) for block in blocks]
    return [*_interleaved(blocks), *_interleaved(corrections)]


def _interleaved(blocks: Sequence[Sequence[int]]) -> Iterator[int]:
    """The first of each block, the second of each, and so on."""
    for column in itertools.zip_longest(*blocks):
        yield from (word for word in column if word is not None)


def _corrections(block: Sequence[int], count: int) -> List[int]:
    """The remainder of the block by Reed and Solomon's polynomial, the product of x - 2**i."""
    divisor = [*[0] * (count - 1), 1]
    root = 1
    for _ in range(count):
        shifted = [*divisor[1:], 0]
        divisor = [_product(word, root) ^ next_ for word, next_ in zip(divisor, shifted)]
        root = _product(root, 2)
    remainder = [0] * count
    for word in block:
        factor = word ^ remainder[0]
        shifted = [*remainder[1:], 0]
        remainder = [word ^ _product(each, factor) for word, each in zip(shifted, divisor)]
    return remainder


def _product(left: int, right: int) -> int:
    """The product of two elements of the field of 256."""
    product = 0
    for bit in range(7, -1, -1):
        product = (product << 1) ^ (product >> 7) * 0x11D
        product ^= (right >> bit & 1) * left
    return product


def _bits(codewords: Sequence[int]) -> List[bool]:
    return [bool(word >> bit & 1) for word in codewords for bit in range(7, -1, -1)]


def _drawn(version: _Version, bits: Sequence[bool], mask: int) -> Matrix:
    cells = _patterns(version)
    _draw_format(cells, mask)
    rest, turned = iter(bits), _MASKS[mask]
    for x, y in _path(version.size):
        if cells[y][x] is None:
            cells[y][x] = next(rest, False) != (turned(x, y) == 0)
    return [[bool(cell) for cell in row] for row in cells]


def _path(size: int) -> Iterator[Tuple[int, int]]:
    """x and y in pairs of columns from the right, up and down in turn, without column 6."""
    columns = [column for column in range(size - 1, -1, -1) if column != 6]
    for pair in range(0, size - 1, 2):
        rows = range(size) if pair % 4 else range(size - 1, -1, -1)
        yield from ((x, y) for y in rows for x in columns[pair : pair + 2])


def _patterns(version: _Version) -> Cells:
    """Everything that holds no data, but for the format."""
    size, centres = version.size, version.alignment
    cells: Cells = [[None] * size for _ in range(size)]
    for index in range(8, size - 8):
        cells[6][index] = cells[index][6] = index % 2 == 0
    for x, y in ((3, 3), (size - 4, 3), (3, size - 4)):
        _draw_rings(cells, x, y, 4, light=(2, 4))
    last = centres[-1:]
    for x, y in itertools.product(centres, centres):
        if (x, y) not in {(6, 6), *((6, end) for end in last), *((end, 6) for end in last)}:
            _draw_rings(cells, x, y, 2, light=(1,))
    if version.number >= 7:
        value = _with_check_bits(version.number, 12, 0x1F25)
        for bit in range(18):
            x, y = size - 11 + bit % 3, bit // 3
            cells[y][x] = cells[x][y] = bool(value >> bit & 1)
    return cells


def _draw_rings(cells: Cells, x: int, y: int, radius: int, light: Tuple[int, ...]) -> None:
    around = range(-radius, radius + 1)
    for right, down in itertools.product(around, around):
        if 0 <= x + right < len(cells) and 0 <= y + down < len(cells):
            cells[y + down][x + right] = max(abs(right), abs(down)) not in light


def _draw_format(cells: Cells, mask: int) -> None:
    """Level M, which is 0, and the mask, twice."""
    size, value = len(cells), _with_check_bits(mask, 10, 0x537) ^ 0x5412
    down = [*range(6), 7, 8, *range(size - 7, size)]
    along = [*range(size - 1, size - 9, -1), 7, *range(5, -1, -1)]
    for bit in range(15):
        cells[down[bit]][8] = cells[8][along[bit]] = bool(value >> bit & 1)
    cells[size - 8][8] = True


def _with_check_bits(value: int, count: int, divisor: int) -> int:
    remainder = value
    for _ in range(count):
        remainder = (remainder << 1) ^ (remainder >> count - 1) * divisor
    return value << count | remainder


def _penalty(matrix: Matrix) -> int:
    """How hard the code is to read: the standard's points for what looks like something else."""
    rows = ["".join("01"[dark] for dark in row) for row in matrix]
    lines = [*rows, *map("".join, zip(*rows))]
    points = sum(len(run) - 2 for line in lines for run in re.findall("0{5,}|1{5,}", line))
    finders = "(?=10111010000|00001011101)"
    points += 40 * sum(len(re.findall(finders, line)) for line in lines)
    for above, below in zip(rows, rows[1:]):
        corners = zip(above, above[1:], below, below[1:])
        points += 3 * sum(len(set(square)) == 1 for square in corners)
    dark = "".join(rows).count("1")
    return points + 10 * int(abs(100 * dark / len(rows) ** 2 - 50) // 5)
