"""An earlier guide's channel ids, names and order stay."""

import gzip
import os
import re

import pytest

from gracenote2epg import errors
from gracenote2epg.channels.kept_channels import kept_channels
from gracenote2epg.channels.stations import GuideStation
from gracenote2epg.guide.earlier_guide import EarlierGuide, keep_channels
from gracenote2epg.web.listings import Listings
from support import guides
from support.builders import lineup, station
from support.tables import wrong

# By hand: of zap2xml, of Schedules Direct, and of a program that has names of its own.
CHANNELS = """<?xml version="1.0"?><!DOCTYPE tv SYSTEM "xmltv.dtd"><tv>
<programme start="20200101000000 +0000" channel="own"><title>A</title></programme>
{}
<programme start="20200101010000 +0000" channel="x"><title>A</title></programme>
<programme start="20200101010000 +0000" channel="own"><title>B</title></programme></tv>"""


def channel(key, *names):
    shown = "".join(f"<display-name>{name}</display-name>" for name in names)
    return f"<channel id='{key}'>{shown}</channel>"


@pytest.fixture
def stations(user):
    """The first stations of the lineup, as a guide without the setting has them."""
    user.grab()
    return [
        (node.get("id").split(".")[0], [name.text for name in node.iter("display-name")])
        for node in guides.read(user.guide).iter("channel")
    ]


def in_guide(path):
    """The ids and first names, in the order of the guide."""
    nodes = guides.read(path).iter("channel")
    return [(node.get("id"), node.findtext("display-name")) for node in nodes]


def test_ids_names_and_order_of_an_earlier_guide_stay(user, stations, tmp_path):
    (one, _), (_, names), (three, (sign, *_)), *others = stations
    old = tmp_path / "old.xml"
    old.write_text(
        CHANNELS.format(
            channel(f"I7.{three}.zap2it.com", f"7 {sign}", "7")
            + channel("own", f"My {names[0]} old", names[0])
            + channel("gone.us", "No Such Station")
            + channel(f"EPG123.{one}.schedulesdirect.org", "My One")
        )
    )
    wanted = [
        (f"I7.{three}.zap2it.com", f"7 {sign}"),
        ("own", f"My {names[0]} old"),
        (f"EPG123.{one}.schedulesdirect.org", "My One"),
        *((f"{key}.gracenote2epg", texts[0]) for key, texts in others),
    ]
    notes = "\n".join(user.grab(ids_from=str(old)).notes)
    assert f"3 of 4 channels of {old} kept their ids; no station is No Such Station;" in notes
    assert f"it lacks {others[0][1][0]}, " in notes
    assert in_guide(user.guide) == wanted
    assert {node.get("channel") for node in guides.read(user.guide).iter("programme")} == {
        key for key, _ in wanted
    }
    # as other callers make it, once the file is gone; the page's playlist has the same ids
    requests = len(user.server.log)
    os.remove(old)
    playlist = Listings(user.settings(), user.clock).playlist()
    ids = re.findall('channel-id="([^"]+)"', playlist)
    assert sorted(ids) == sorted(key for key, _ in wanted)
    for changes in ({}, {"ids_from": str(old)}, {"channel_id": "zap2epg", "worse_below": 0}):
        report = user.grab(**changes)
        assert in_guide(user.guide)[:3] == wanted[:3]
        assert not [note for note in report.notes if "kept" in note]
    assert len(user.server.log) == requests
    for name in os.listdir(tmp_path):  # the store is lost
        if ".db" in name:
            os.remove(tmp_path / name)
    user.grab()
    assert in_guide(user.guide)[:3] == wanted[:3]
    user.grab(ids_from="-")
    assert in_guide(user.guide)[0] == (f"{one}.gracenote2epg", stations[0][1][0])


def test_a_channel_with_the_name_of_its_hd_twin_too_keeps_its_own_station(store):
    twins = [station("10179", call_sign="ESPN", name="ESPN", numbers=("28",)),
             station("32645", call_sign="ESPNHD", name="ESPN HD", numbers=("728",))]  # fmt: skip
    names = {"EPG123.10179.schedulesdirect.org": ("ESPN", "28 ESPN", "ESPN HD")}
    rows = [GuideStation(each, lineup()) for each in twins]
    assert "1 of 1 channels" in keep_channels(store, EarlierGuide(["old"], names), rows, None)
    assert [row.station_id for row in kept_channels(store)] == ["10179"]


def test_a_guide_that_is_replaced_keeps_its_channels(user, stations):
    (one, _), *_ = stations
    os.remove(user.guide)
    text = CHANNELS.format(channel(f"{one}", "One"))
    with gzip.open(f"{user.guide}.gz", "wt") as file:
        file.write(text)
    for _ in range(2):
        user.grab(ids_from=f"{user.guide}.gz", output=f"{user.guide}.gz", worse_below=0)
        assert in_guide(f"{user.guide}.gz")[0] == (one, "One")


def test_an_earlier_guide_that_cannot_be_used_is_named(user, tmp_path):
    def answer(text):
        path = tmp_path / "old.xml"
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
        return user.fails(errors.InputFileError, ids_from=str(path)).what.count(str(path))

    bomb = '<!DOCTYPE tv [<!ENTITY a "b">]><tv><channel id="&a;"/></tv>'
    assert wrong(answer, [(text, 1) for text in ("", "<tv/>", "<tv><channel", bomb, None)]) == []
    os.mkfifo(tmp_path / "pipe.xml")
    assert "it is not a file" in user.fails(ids_from=str(tmp_path / "pipe.xml")).what
    assert not user.server.log
