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
    *((name, ZIP, US_ANTENNA) for name in (
        "ota", " auto ", "USA-lineupId-DEFAULT", "USA-OTA-DEFAULT", "lineupId", "USA-lineupId",
        "lineupId:-", "USA-OTA", "USA-lineupId-X")),
    ("antenna", CODE, CANADIAN_ANTENNA),
    # an antenna's id with its place
    *((name, "", US_PLACE) for name in ("USA-OTA90210-DEFAULT", "USA-OTA90210", "OTA90210",
                                        "USA-OTA-90210", "OTA-90210", "USA-OTA-90210-DEFAULT")),
    ("CAN-OTA-J3B1M4", "", CANADIAN_PLACE),
    ("OTAJ3B1M4", "", CANADIAN_PLACE), ("can-otaj3b1m4-default", CODE, CANADIAN_PLACE),
    # cable and satellite
    ("USA-NY31519-DEFAULT", "10001", ("USA", "USA-NY31519-DEFAULT", "NY31519", "X", "10001")),
    ("usa-ny31519-x", "", ("USA", "USA-NY31519-X", "NY31519", "X", "-")),
    ("USA-NY31519", "", ("USA", "USA-NY31519-DEFAULT", "NY31519", "X", "-")),
    *((name, "", ("USA", "USA-NY31519-DEFAULT", "NY31519", "X", "-")) for name in (
        "NY31519", "ny31519", "USA-NY31519:X", "NY31519-DEFAULT", "luUSA-NY31519/",
        "https://www.tvtv.us/ny/new-york/10001/luUSA-NY31519/?a=b/c#d",
        "https://www.tvtv.us/ny/new-york/10001/luUSA-NY31519/grid")),
    ("NY31519-L", "", ("USA", "USA-NY31519-L", "NY31519", "L", "-")),
    ("CAN-0005993:L", CODE, ("CAN", "CAN-0005993-DEFAULT", "0005993", "L", CODE)),
    ("0005993", CODE, ("CAN", "CAN-0005993-DEFAULT", "0005993", "X", CODE)),
    ("DITV501", "", ("USA", "USA-DITV501-DEFAULT", "DITV501", "X", "-")),
    ("youtube", ZIP, ("USA", "USA-YOUTUBE-DEFAULT", "YOUTUBE", "-", ZIP)),
    ("KY16673:X", "40502", ("USA", "USA-KY16673-DEFAULT", "KY16673", "X", "40502")),
    ("ky16673:-", "", ("USA", "USA-KY16673-DEFAULT", "KY16673", "-", "-")),
    ("0005993:X", CODE, ("CAN", "CAN-0005993-DEFAULT", "0005993", "X", CODE)),
    ("CAN-0005993-X", "J3B", ("CAN", "CAN-0005993-X", "0005993", "X", "J3B")),
    # streaming: a postal code and no device
    *((f"USA-{name}-X", ZIP, ("USA", f"USA-{name}-X", name, "-", ZIP))
      for name in ("YOUTUBE", "HULUTV", "SLINGTV", "PHILO", "PLUTOTV", "DTVNOW", "AMZPV",
                   "GNSTR")),
    # by time zone: no lineup id
    ("DFLTE", "", ("USA", "", "DFLTE", "-", "-")),
    ("dfltec", "", ("CAN", "", "DFLTEC", "-", "-")),
    ("CAN-DFLTPC", CODE, ("CAN", "", "DFLTPC", "-", CODE)),
    # Mexico: no postal code, no device
    ("MEX-1008175-DEFAULT", "", ("MEX", "MEX-1008175-DEFAULT", "1008175", "-", "")),
    # addresses of tvtv pages
    ("https://www.tvtv.us/ca/beverly-hills/90210/luUSA-OTA90210", "", US_PLACE),
    ("https://www.tvtv.us/ny/new-york/10001/luUSA-NY31519-X", "10001",
     ("USA", "USA-NY31519-X", "NY31519", "X", "10001")),
    ("luUSA-DITV-X", "", ("USA", "USA-DITV-X", "DITV", "X", "-")),
]  # fmt: skip


def test_the_forms_that_people_use():
    assert wrong(resolve, FORMS) == []


def test_an_unknown_form_is_refused_and_the_known_ones_are_named():
    forms = [
        "", "NEWYORK", "90210", "NY3151", "DITV", "OTA-X1", "USA-OTA-1000",
        "USA-NY31519-XL", "USA-NY31519-X-Y", "USA--X", "US-NY31519-X",
        "USA-NY 31519-X", "USA-Montréal-X", "KY16673:", "KY16673:XX",
        "https://www.tvtv.us/", "https://www.tvtv.us/ca/beverly-hills/90210",
    ]  # fmt: skip
    rows = [(form, ZIP) for form in forms]
    assert not_refused(resolve, rows, ValueError, "USA-NY31519-X.*tvtv") == []


def test_an_antenna_and_streaming_need_a_postal_code():
    forms = ("OTA", "auto", "USA-lineupId-DEFAULT", "USA-OTA-DEFAULT", "USA-YOUTUBE-X")
    rows = [(form, "") for form in forms]
    assert not_refused(resolve, rows, ValueError, "a postal code beside it") == []


def test_an_antennas_id_for_another_place_is_refused():
    with pytest.raises(ValueError, match="for the same place as the postal code"):
        resolve("USA-OTA90210-DEFAULT", "10001")


def test_the_sites_list_has_the_device():
    listed = provider()
    found = resolve("usa-zz00001-default", "10001", [provider(kind="OTA"), listed])
    assert found == listed.lineup == resolve("zz00001", "10001", [listed])
    assert found.device == "L"


def test_the_sites_list_does_not_override_the_antenna():
    antenna = provider(kind="OTA", lineup=over_the_air("10001"))
    found = resolve("USA-lineupId-DEFAULT", ZIP, [antenna])
    assert found.postal_code == ZIP


def test_the_country_of_a_postal_code():
    rows = [("90210", "USA"), ("J3B1M4", "CAN"), ("J3B", "CAN"), ("00901", "USA")]
    assert wrong(country_of, rows) == []


def test_the_postal_code_in_an_antennas_id():
    rows = [("USA-OTA90210-DEFAULT", ZIP), ("otaj3b1m4", CODE), ("OTA", ""), ("USA-DITV-X", "")]
    assert wrong(postal_code_of, rows) == []
