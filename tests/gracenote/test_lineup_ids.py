"""Lineup ids: every form that people and sites use (API reference, section 2)."""

import pytest

from gracenote2epg.gracenote.lineup_ids import country_of, over_the_air, postal_code_of, resolve
from support.builders import provider
from support.tables import not_refused, wrong

ZIP, CODE = "90210", "J3B1M4"
US_ANTENNA = ("USA", "USA-lineupId-DEFAULT", "lineupId", "-", ZIP)
CANADIAN_ANTENNA = ("CAN", "CAN-lineupId-DEFAULT", "lineupId", "-", CODE)
US_PLACE = ("USA", "USA-OTA90210-DEFAULT", "lineupId", "-", ZIP)
CANADIAN_PLACE = ("CAN", "CAN-OTAJ3B1M4-DEFAULT", "lineupId", "-", CODE)

FORMS = [
    # the antenna, by any of its names
    *((name, ZIP, US_ANTENNA) for name in ("OTA", "ota", " auto ", "USA-lineupId-DEFAULT",
                                           "USA-OTA-DEFAULT")),
    *((name, CODE, CANADIAN_ANTENNA) for name in ("antenna", "CAN-lineupId-DEFAULT")),
    # an antenna's id that names its place
    ("USA-OTA90210-DEFAULT", ZIP, US_PLACE),
    *((name, "", US_PLACE) for name in ("USA-OTA90210-DEFAULT", "USA-OTA90210", "OTA90210")),
    *((name, "", CANADIAN_PLACE) for name in ("CAN-OTAJ3B1M4", "OTAJ3B1M4")),
    ("can-otaj3b1m4-default", CODE, CANADIAN_PLACE),
    # cable
    ("USA-NY31519-DEFAULT", "10001", ("USA", "USA-NY31519-DEFAULT", "NY31519", "X", "10001")),
    ("USA-NY31519-X", "10001", ("USA", "USA-NY31519-X", "NY31519", "X", "10001")),
    ("USA-NY31519-X", "", ("USA", "USA-NY31519-X", "NY31519", "X", "-")),
    ("usa-ny31519-x", "", ("USA", "USA-NY31519-X", "NY31519", "X", "-")),
    ("USA-NY31519", "", ("USA", "USA-NY31519-DEFAULT", "NY31519", "X", "-")),
    ("USA-NJ29458-L", "", ("USA", "USA-NJ29458-L", "NJ29458", "L", "-")),
    ("USA-NJ29458-D", "", ("USA", "USA-NJ29458-D", "NJ29458", "D", "-")),
    ("KY16673:X", "40502", ("USA", "USA-KY16673-DEFAULT", "KY16673", "X", "40502")),
    ("ky16673:-", "", ("USA", "USA-KY16673-DEFAULT", "KY16673", "-", "-")),
    ("0005993:X", CODE, ("CAN", "CAN-0005993-DEFAULT", "0005993", "X", CODE)),
    # satellite
    ("USA-DITV501-DEFAULT", "10001", ("USA", "USA-DITV501-DEFAULT", "DITV501", "X", "10001")),
    ("USA-DITV-X", "", ("USA", "USA-DITV-X", "DITV", "X", "-")),
    ("USA-DISH506-DEFAULT", "", ("USA", "USA-DISH506-DEFAULT", "DISH506", "X", "-")),
    ("USA-ECHOST-X", "", ("USA", "USA-ECHOST-X", "ECHOST", "X", "-")),
    # Canada
    ("CAN-0005993-X", CODE, ("CAN", "CAN-0005993-X", "0005993", "X", CODE)),
    ("CAN-0005993-X", "J3B", ("CAN", "CAN-0005993-X", "0005993", "X", "J3B")),
    # streaming: a postal code and no device
    *((f"USA-{name}-X", ZIP, ("USA", f"USA-{name}-X", name, "-", ZIP))
      for name in ("YOUTUBE", "HULUTV", "SLINGTV", "PHILO", "PLUTOTV", "DTVNOW", "AMZPV",
                   "GNSTR")),
    # by time zone: no lineup id
    ("DFLTE", "", ("USA", "", "DFLTE", "-", "-")),
    ("USA-DFLTP", ZIP, ("USA", "", "DFLTP", "-", ZIP)),
    ("dfltec", "", ("CAN", "", "DFLTEC", "-", "-")),
    ("CAN-DFLTPC", CODE, ("CAN", "", "DFLTPC", "-", CODE)),
    # Mexico: no postal code, no device
    ("MEX-1008175-DEFAULT", "", ("MEX", "MEX-1008175-DEFAULT", "1008175", "-", "")),
    # addresses of tvtv pages
    ("https://www.tvtv.us/ca/beverly-hills/90210/luUSA-OTA90210", "", US_PLACE),
    ("https://www.tvtv.us/ny/new-york/10001/luUSA-NY31519-X", "10001",
     ("USA", "USA-NY31519-X", "NY31519", "X", "10001")),
    ("https://www.tvtv.ca/qc/saint-jean/j3b1m4/luCAN-0005993-X", CODE,
     ("CAN", "CAN-0005993-X", "0005993", "X", CODE)),
    ("tvtv.ca/qc/x/J3B1M4/luCAN-OTAJ3B1M4", CODE, CANADIAN_PLACE),
    ("luUSA-DITV-X", "", ("USA", "USA-DITV-X", "DITV", "X", "-")),
]  # fmt: skip


def test_a_form_that_people_use():
    assert wrong(resolve, FORMS) == []


def test_a_form_that_nobody_uses_is_refused_and_the_others_are_named():
    forms = [
        "", "nonsense", "NY31519", "USA-NY31519-XL", "USA-NY31519-X-Y", "USA--X", "US-NY31519-X",
        "USA-NY 31519-X", "USA-NY&31519-X", "USA-Montréal-X", "KY16673:", "KY16673:XX",
        "https://www.tvtv.us/", "https://www.tvtv.us/ca/beverly-hills/90210",
    ]  # fmt: skip
    rows = [(form, ZIP) for form in forms]
    assert not_refused(resolve, rows, ValueError, "USA-NY31519-X.*tvtv") == []


def test_an_antenna_and_streaming_need_a_postal_code():
    forms = ("OTA", "auto", "USA-lineupId-DEFAULT", "USA-OTA-DEFAULT", "USA-YOUTUBE-X")
    rows = [(form, "") for form in forms]
    assert not_refused(resolve, rows, ValueError, "a postal code beside it") == []


def test_an_antennas_id_for_another_place_is_refused_without_naming_either():
    with pytest.raises(ValueError, match="for the same place as the postal code"):
        resolve("USA-OTA90210-DEFAULT", "10001")


def test_the_sites_own_list_knows_the_device():
    listed = provider()
    found = resolve("usa-zz00001-default", "10001", [provider(kind="OTA"), listed])
    assert found == listed.lineup
    assert found.device == "L"


def test_the_sites_own_list_does_not_rule_over_the_antenna():
    antenna = provider(kind="OTA", lineup=over_the_air("10001"))
    found = resolve("USA-lineupId-DEFAULT", ZIP, [antenna])
    assert found.postal_code == ZIP


def test_the_country_of_a_postal_code():
    rows = [("90210", "USA"), ("J3B1M4", "CAN"), ("J3B", "CAN"), ("00901", "USA")]
    assert wrong(country_of, rows) == []


def test_the_postal_code_that_an_antennas_id_names():
    rows = [("USA-OTA90210-DEFAULT", ZIP), ("otaj3b1m4", CODE), ("OTA", ""), ("USA-DITV-X", "")]
    assert wrong(postal_code_of, rows) == []
