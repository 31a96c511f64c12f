"""Lineup ids: every form that people and sites use (API reference, section 2)."""

import pytest

from support.builders import provider
from gracenote2epg.gracenote.lineups import country_of, over_the_air, resolve
from gracenote2epg.models import Lineup

ZIP, CODE = "90210", "J3B1M4"
US_ANTENNA = ("USA", "USA-lineupId-DEFAULT", "lineupId", "-", ZIP)
CANADIAN_ANTENNA = ("CAN", "CAN-lineupId-DEFAULT", "lineupId", "-", CODE)

FORMS = [
    # the antenna, by any of its names
    ("OTA", ZIP, US_ANTENNA),
    ("ota", ZIP, US_ANTENNA),
    (" auto ", ZIP, US_ANTENNA),
    ("antenna", CODE, CANADIAN_ANTENNA),
    ("USA-lineupId-DEFAULT", ZIP, US_ANTENNA),
    ("CAN-lineupId-DEFAULT", CODE, CANADIAN_ANTENNA),
    ("USA-OTA-DEFAULT", ZIP, US_ANTENNA),
    # an antenna's id that names its place
    ("USA-OTA90210-DEFAULT", ZIP, ("USA", "USA-OTA90210-DEFAULT", "lineupId", "-", ZIP)),
    ("USA-OTA90210-DEFAULT", "", ("USA", "USA-OTA90210-DEFAULT", "lineupId", "-", ZIP)),
    ("USA-OTA90210", "", ("USA", "USA-OTA90210-DEFAULT", "lineupId", "-", ZIP)),
    ("OTA90210", "", ("USA", "USA-OTA90210-DEFAULT", "lineupId", "-", ZIP)),
    ("CAN-OTAJ3B1M4", "", ("CAN", "CAN-OTAJ3B1M4-DEFAULT", "lineupId", "-", CODE)),
    ("can-otaj3b1m4-default", CODE, ("CAN", "CAN-OTAJ3B1M4-DEFAULT", "lineupId", "-", CODE)),
    ("OTAJ3B1M4", "", ("CAN", "CAN-OTAJ3B1M4-DEFAULT", "lineupId", "-", CODE)),
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
    ("USA-YOUTUBE-X", ZIP, ("USA", "USA-YOUTUBE-X", "YOUTUBE", "-", ZIP)),
    ("USA-HULUTV-X", ZIP, ("USA", "USA-HULUTV-X", "HULUTV", "-", ZIP)),
    ("USA-SLINGTV-X", ZIP, ("USA", "USA-SLINGTV-X", "SLINGTV", "-", ZIP)),
    ("USA-PHILO-X", ZIP, ("USA", "USA-PHILO-X", "PHILO", "-", ZIP)),
    ("USA-PLUTOTV-X", ZIP, ("USA", "USA-PLUTOTV-X", "PLUTOTV", "-", ZIP)),
    ("USA-DTVNOW-X", ZIP, ("USA", "USA-DTVNOW-X", "DTVNOW", "-", ZIP)),
    ("USA-AMZPV-X", ZIP, ("USA", "USA-AMZPV-X", "AMZPV", "-", ZIP)),
    ("USA-GNSTR-X", ZIP, ("USA", "USA-GNSTR-X", "GNSTR", "-", ZIP)),
    # by time zone: no lineup id
    ("DFLTE", "", ("USA", "", "DFLTE", "-", "-")),
    ("USA-DFLTP", ZIP, ("USA", "", "DFLTP", "-", ZIP)),
    ("dfltec", "", ("CAN", "", "DFLTEC", "-", "-")),
    ("CAN-DFLTPC", CODE, ("CAN", "", "DFLTPC", "-", CODE)),
    # Mexico: no postal code, no device
    ("MEX-1008175-DEFAULT", "", ("MEX", "MEX-1008175-DEFAULT", "1008175", "-", "")),
    # addresses of tvtv pages
    (
        "https://www.tvtv.us/ca/beverly-hills/90210/luUSA-OTA90210",
        "",
        ("USA", "USA-OTA90210-DEFAULT", "lineupId", "-", ZIP),
    ),
    (
        "https://www.tvtv.us/ny/new-york/10001/luUSA-NY31519-X",
        "10001",
        ("USA", "USA-NY31519-X", "NY31519", "X", "10001"),
    ),
    (
        "https://www.tvtv.ca/qc/saint-jean/j3b1m4/luCAN-0005993-X",
        CODE,
        ("CAN", "CAN-0005993-X", "0005993", "X", CODE),
    ),
    (
        "tvtv.ca/qc/x/J3B1M4/luCAN-OTAJ3B1M4",
        CODE,
        ("CAN", "CAN-OTAJ3B1M4-DEFAULT", "lineupId", "-", CODE),
    ),
    ("luUSA-DITV-X", "", ("USA", "USA-DITV-X", "DITV", "X", "-")),
]


@pytest.mark.parametrize(("text", "postal_code", "expected"), FORMS)
def test_a_form_that_people_use(text, postal_code, expected):
    assert resolve(text, postal_code) == Lineup(*expected)


@pytest.mark.parametrize(
    ("text", "postal_code"),
    [
        ("", ZIP),
        ("nonsense", ZIP),
        ("NY31519", ZIP),  # which country?
        ("USA-NY31519-XL", ZIP),
        ("USA-NY31519-X-Y", ZIP),
        ("USA--X", ZIP),
        ("US-NY31519-X", ZIP),
        ("USA-NY 31519-X", ZIP),
        ("USA-NY&31519-X", ZIP),
        ("USA-Montréal-X", ZIP),
        ("KY16673:", ZIP),
        ("KY16673:XX", ZIP),
        ("https://www.tvtv.us/", ZIP),
        ("https://www.tvtv.us/ca/beverly-hills/90210", ZIP),
    ],
)
def test_a_form_that_nobody_uses_is_refused_and_the_others_are_named(text, postal_code):
    with pytest.raises(ValueError, match=r"USA-NY31519-X.*tvtv"):
        resolve(text, postal_code)


@pytest.mark.parametrize("text", ["OTA", "auto", "USA-lineupId-DEFAULT", "USA-OTA-DEFAULT"])
def test_an_antenna_needs_a_postal_code(text):
    with pytest.raises(ValueError, match="a postal code beside it"):
        resolve(text, "")


def test_streaming_needs_a_postal_code():
    with pytest.raises(ValueError, match="a postal code beside it"):
        resolve("USA-YOUTUBE-X", "")


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


@pytest.mark.parametrize(
    ("code", "country"), [("90210", "USA"), ("J3B1M4", "CAN"), ("J3B", "CAN"), ("00901", "USA")]
)
def test_the_country_of_a_postal_code(code, country):
    assert country_of(code) == country
