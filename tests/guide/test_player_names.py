"""The players' own names and ids in the guide."""

from gracenote2epg.channels.matching import Match, PlayerChannel
from gracenote2epg.guide.player_names import PlayerNames, player_names
from support.builders import station
from support.tables import wrong

STATIONS = (
    station("20000", call_sign="WZAADT", numbers=("2.1",)),
    station("20007", call_sign="WZBBDT", numbers=("5.1", "705")),
)
NAMES = [("WZAADT", "2.1 WZAADT", "2.1"), ("WZBBDT", "5.1 WZBBDT", "5.1")]
IDS = [("20000.gracenote2epg", "20000"), ("20007.gracenote2epg", "20007")]


def match(name, station_id="20000", confidence=92, how="call sign", doubts=(), names=(), tvg_id=""):
    channel = PlayerChannel(name, names=names, tvg_id=tvg_id)
    return Match(channel, station_id, confidence, how, doubts)


def in_guide(*players):
    return tuple(player_names(players, STATIONS, NAMES, IDS))


def names(*players):
    """Of the two stations."""
    return tuple(row.names for row in in_guide(*players))


def ids(*matches):
    return tuple(row.tvg_id for row in in_guide(matches))


def test_names_that_surely_mean_one_station():
    a, b = match("WZAA-DT"), match("ZBB HD", "20007")
    unsure = (match("NBC", "", 0, ""), match("NBC", "20000", 60, "name"))
    none = match("NBC", "", 100, "your assignment")
    assert wrong(names, [
        ([], ((), ())),
        ([a, b], (("WZAA-DT",), ("ZBB HD",))),
        ([match("Z 1"), match("Z 2", names=("Z_2", ""))], (("Z 1", "Z 2", "Z_2"), ())),
        ([match("One"), match(" one ")], (("One",), ())),  # the same station
        # sure: by number if there is no doubt, and by the user's word
        ([match("NBC", "20000", 60, "number")], (("NBC",), ())),
        ([match("NBC", "20000", 60, "number", ("20007",))], ((), ())),
        ([match("NBC", "20000", 100, "your assignment")], (("NBC",), ())),
        *(([row], ((), ())) for row in (*unsure, none)),
        # never a name of two channels, nor of another station, nor our own once more
        ([match("NBC"), match("nbc", "20007")], ((), ())),
        *(([match("NBC"), row], ((), ())) for row in (*unsure, none)),
        ([match("wzbbdt"), match("2.1 WZAADT"), match("20007")], ((), ())),
        # never a bare number, nor one of another station in front
        ([match("2.2"), match("11"), match("7-2"), match("7_2 "), match(" ")], ((), ())),
        ([match("5.1 ABC"), match("705 ABC"), match("005-1 ABC")], ((), ())),
        ([match("2.1 ABC"), match("9 ABC"), match("3ABN")], (("2.1 ABC", "9 ABC", "3ABN"), ())),
        # several players: what one does not know, another may
        ([a], [match("WZAA-DT", "", 0, "")], (("WZAA-DT",), ())),
        ([match("NBC")], [match("NBC", "20007")], ((), ())),
        ([match("NBC")], [none], ((), ())),
    ]) == []  # fmt: skip


def test_a_tvg_id_that_surely_means_one_station():
    def row(tvg_id, *rest):
        return match("x", *rest, tvg_id=tvg_id)

    assert wrong(ids, [
        (row("NBC.us"), row("CBS.us", "20007"), ("NBC.us", "CBS.us")),
        (row("NBC.us"), row("NBC2.us"), ("NBC.us", "")),  # the first
        (row("NBC.us"), row("nbc.us", "20007"), ("", "")),
        (row("NBC.us", "20000", 60, "name"), ("", "")),
        (row("20000"), ("20000", "")),
        (row("20007"), ("", "")),
        (row("WZBBDT"), ("WZBBDT", "")),  # no id of the guide
    ]) == []  # fmt: skip
    assert in_guide()[0] == PlayerNames()
