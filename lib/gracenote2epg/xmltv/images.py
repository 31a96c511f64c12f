"""Which of the source's pictures a programme and its people get.

An asset's id says what it shows and in which shape: ``p184820_b_h10_ag`` is a series' landscape
art (gracenote-api reference, section 3.5).
"""

import re
from typing import Sequence, Tuple

from .markup import Made
from .options import Style

_ASSET = re.compile(r"[^_]+_([a-z0-9]+)_([hv])\d+_\w+")
_SHOWN = {"e": "still", **dict.fromkeys("bpv", "poster"), **dict.fromkeys("ik", "backdrop")}
_ORIENT = {"h": ' orient="L"', "v": ' orient="P"'}


class Pictures:
    """Lines with the addresses of pictures, where the style has any.

    image: the airing's own asset id, "" = none. art: those of its series, poster first.
    """

    def __init__(self, style: Style) -> None:
        self._host = f"https://{style.image_host}/assets/"
        self._has_icon = "icon" in style.elements
        self._has_images = "image" in style.elements
        self._portrait_movies = style.profile.portrait
        self._portrait = Made(lambda asset: bool(asset) and _parts(asset)[1] == "v")
        self._image = Made(lambda key: self._new_image(*key))

    def icon(self, image: str, art: Sequence[str], is_movie: bool) -> str:
        """The first landscape one, or portrait where movies shall be posters; else the first."""
        if not self._has_icon:
            return ""
        portrait = is_movie and self._portrait_movies
        found = [asset for asset in (image, *art) if asset]
        asset = next((one for one in found if self._portrait[one] is portrait), "")
        asset = asset or (found[0] if found else "")
        return f'    <icon src="{self._host}{asset}.jpg"/>\n' if asset else ""

    def images(self, image: str, art: Sequence[str]) -> str:
        if not self._has_images:
            return ""
        kinds = dict(zip(art, ("poster", "backdrop")))
        kinds.setdefault(image, "still")
        return "".join([self._image[asset, kind] for asset, kind in kinds.items() if asset])

    def person(self, asset: str) -> str:
        """Behind a name, without white space: Kodi takes what stands before as the name."""
        if not (asset and self._has_images):
            return ""
        return f'<image type="person">{self._host}{asset}.jpg</image>\n      '

    def _new_image(self, asset: str, kind: str) -> str:
        shown, orient = _parts(asset)
        kind = _SHOWN.get(shown, kind)
        address = f"{self._host}{asset}.jpg"
        return f'    <image type="{kind}"{_ORIENT.get(orient, "")}>{address}</image>\n'


def _parts(asset: str) -> Tuple[str, str]:
    """What it shows and its shape, as the id says them; "" for ids of another kind."""
    match = _ASSET.fullmatch(asset)
    return (match.group(1), match.group(2)) if match else ("", "")
