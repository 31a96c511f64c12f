"""What fits the dialogs of Estuary, Kodi's skin, whose drawings are 1920 wide."""

import re
import unicodedata

# Of the characters from the blank to the tilde in Noto Sans, in thousandths of the size.
_WIDTHS = """
    260 269 408 646 572 831 732 225 300 300 551 572 268 322 268 372 572 572 572 572 572 572 572
    572 572 572 268 268 572 572 572 434 899 639 650 632 730 556 519 728 741 339 273 619 524 907
    760 781 605 781 622 549 556 731 600 930 586 566 572 329 372 329 572 444 281 561 615 480 615
    564 344 615 618 258 258 534 258 935 618 605 615 615 413 479 361 618 508 786 529 510 470 380
    551 380 572
"""
WIDTHS = tuple(map(int, _WIDTHS.split()))
WIDE = 600  # of any other character
BOLD = 1.08  # as wide as the regular ones
BUTTON, TEXT = 300 - 2 * 20, 855  # without the borders


def width(text: str, size: int) -> float:
    """Of a line in a font of this size."""
    letters = [unicodedata.normalize("NFD", letter)[0] for letter in text]
    places = [ord(letter) - 32 for letter in letters]
    return size / 1000 * sum(WIDTHS[at] if 0 <= at < len(WIDTHS) else WIDE for at in places)


def cut(text: str, *buttons: str) -> str:
    """The first part of a dialog that is cut; "" = all of it can be read."""
    for button in buttons:
        if width(button, 25) * BOLD > BUTTON:
            return button
    words = re.split(r"\[CR\]|\s", re.sub(r"\[/?B\]", "", text))
    return next((word for word in words if width(word, 30) > TEXT), "")
