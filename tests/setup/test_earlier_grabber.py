"""What was chosen in zap2epg and in gracenote2epg 1.x and 2.0: where it is, what it means."""

import os

from gracenote2epg.models import Lineup
from gracenote2epg.setup import earlier_grabber
from support.builders import provider
from support.tables import wrong

ZAP2EPG = ".kodi/userdata/addon_data/script.module.zap2epg/settings.xml"


def found(home, place, text):
    """The settings in a file at this place below the user's home; None = nothing was found."""
    path = os.path.join(home, place)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    choices = earlier_grabber.find({"HOME": str(home)})
    os.remove(path)
    return choices and (choices.program, choices.path == path, *choices[2:])


def settings(**values):
    rows = "".join(f'<setting id="{name}">{text}</setting>' for name, text in values.items())
    return f'<settings version="2">{rows}</settings>'


def test_it_is_found_in_all_its_places(tmp_path):
    ids = {"channel_id": "zap2epg"}
    antenna = settings(zipcode="90210", lineupcode="lineupId", device="-", slist="20006")
    expected = ("zap2epg", True, "90210", "", "lineupId", "-", ("20006",), ids)
    rows = [
        (tmp_path, place, antenna, expected)
        for place in (
            ZAP2EPG,
            "script.module.zap2epg/epggrab/conf/zap2epg.xml",
            "var/epggrab/conf/zap2epg.xml",
            ".var/app/tv.kodi.Kodi/data/userdata/addon_data/script.module.zap2epg/settings.xml",
        )
    ]
    old = '<settings><setting id="zipcode" value="J3B1M4"/></settings>'
    rows.append((tmp_path, ZAP2EPG, old, ("zap2epg", True, "J3B1M4", "", "", "", (), ids)))
    useless = ("", "<settings", '<settings><setting id="zipcode"/></settings>')
    rows += [(tmp_path, ZAP2EPG, text, None) for text in useless]
    assert wrong(found, rows) == []


def test_more_settings_of_gracenote2epg_2_are_found(tmp_path):
    text = settings(
        zipcode="90210", lineupid="auto", days="3", stitle="true", xdetails="false", tvhoff="true",
        tvhurl="nas", tvhport="9982", usern="me", passw="geheim", tvhmatch="false",
    )  # fmt: skip
    others = {"days": "3", "safe_titles": "true", "details": "false", "tvh_url": "http://nas:9982"}
    others.update(tvh_username="me", tvh_password="geheim")
    choices = found(tmp_path, "gracenote2epg/conf/gracenote2epg.xml", text)
    assert choices == ("gracenote2epg", True, "90210", "auto", "", "", (), others)
    wrong_ones = settings(zipcode="90210", days="30", stitle="?", tvhoff="true", tvhurl="a b/?c",
                          usern="é", passw="x", tvhmatch="true")  # fmt: skip
    found_others = found(tmp_path, "gracenote2epg/conf/gracenote2epg.xml", wrong_ones)[-1]
    assert found_others == {"tvh_password": "x"}


def test_the_head_end_of_zap2epg_names_a_lineup():
    antenna = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
    providers = [provider(), provider(lineup=antenna, kind="OTA")]

    def lineup_of(headend, device, code, known=True):
        choices = earlier_grabber.EarlierGrabber("", "", code, "", headend, device, (), {})
        return earlier_grabber.lineup_of(choices, providers if known else ())

    rows = (
        ("lineupId", "-", "90210", "USA-lineupId-DEFAULT"),
        ("lineupId", "-", "90210", False, "OTA"),
        ("ZZ00001", "L", "90210", "USA-ZZ00001-DEFAULT"),
        ("ZZ00001", "X", "90210", "USA-ZZ00001-DEFAULT"),
        ("ZZ77777", "X", "90210", "ZZ77777:X"),
        ("DFLTE", "-", "90210", "USA-DFLTE"),
        ("DFLTEC", "-", "J3B1M4", "CAN-DFLTEC"),
        ("NONE", "-", "90210", None),
        ("", "", "90210", None),
    )
    assert wrong(lineup_of, rows) == []
