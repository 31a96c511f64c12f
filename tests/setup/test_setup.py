"""The engine of the set-up. What is proved here holds for all its faces: the terminal, the browser
and Kodi, whose tests need only show that they ask, show and hand in.

The order of the questions, whatever is chosen, and the settings that come of it; what each question
proposes, also when it is asked again or follows an earlier grabber; the facts beside it; which
answers are refused, in which words, that no secret is in them, and that the question then stays;
that the user may go back to any question, leave at any, and go on when the network is back; that
nothing is saved on the way; and how settings that cannot be changed here are passed over.
"""

import os
import threading

import pytest

from gracenote2epg.errors import GrabError, SourceError, Stopped, TvheadendUnreachable
from gracenote2epg.setup.earlier_grabber import EarlierGrabber
from gracenote2epg.setup.engine import Setup
from gracenote2epg.setup.questions import PLAYERS, Tools
from support import guides
from support.fake_tvheadend import TvhStandIn

STOP = threading.Event()
ANTENNA, CABLE = "USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT"
HERE = {"postal_code": "90210"}
PLACE = ["country", "postal_code", "lineup", "tonight", "channels"]
END = ["player", "output", "confirm"]
DEFAULTS = {**HERE, "lineup": "", "channels": "", "channels_from": "", "tvh_filter": "false",
            "profile": "any", "output": ""}  # fmt: skip
OLD = EarlierGrabber(
    "zap2epg", "/old.xml", "90210", "", "ZZ00001", "L", ("20006", "1"), {"days": "3"}
)


class Face:
    """A face that gives the answers of a table, and what is proposed for other steps."""

    def __init__(self, server, folder, clock, texts=(), **tools):
        self.texts = dict(texts)
        self.asked, self.settings = [], guides.settings(server, folder)

        def config(values):
            return guides.settings(server, folder, **{**self.texts, **values})

        self.tools = Tools(clock, config, **tools)
        self.start()

    def start(self):
        self.setup = Setup(self.texts, self.tools)

    def ask(self):
        return self.setup.question(STOP)

    def answer(self, *values):
        self.setup.answer(values, STOP)

    def walk(self, answers=(), to=""):
        """Go on to a step, or to the end; return the questions."""
        questions = []
        while not self.setup.is_done and self.setup.step != to:
            questions.append(self.ask())
            answer = dict(answers).get(questions[-1].step, questions[-1].default)
            self.answer(*([answer] if isinstance(answer, str) else answer))
        return questions


@pytest.fixture(name="face")
def _face(server, tmp_path, clock):
    return lambda texts=(), **tools: Face(server, tmp_path, clock, texts, **tools)


@pytest.fixture(name="playlist")
def _playlist(tmp_path):
    path = tmp_path / "tv.m3u"
    names = ("WZAADT", "ZADMOVI", "Nobody's")
    path.write_text("#EXTM3U\n" + "".join(f"#EXTINF:-1,{name}\nhttp://tv/1\n" for name in names))
    return str(path)


@pytest.fixture(name="tvheadend")
def _tvheadend():
    with TvhStandIn() as server:
        server.channel("WZAADT", "2.1")
        yield server


def steps(questions):
    return [question.step for question in questions]


def test_each_way_through_the_questions(face, playlist, tvheadend, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    account = {"tvh_url": tvheadend.url, "tvh_username": "viewer", "tvh_password": "pass:word"}
    iptv = {"playlists": (playlist,)}
    of_list = {**HERE, "channels": "playlist", "playlist": playlist}
    old, pick = {"earlier": OLD}, {**HERE, "channels": "pick"}
    followed = {**account, "tvh_filter": "true"}
    by_filter = {"earlier": OLD._replace(others=followed)}
    by_tvheadend = [*PLACE, *account, "stations"]
    rows = (
        # texts, tools, answers -> steps, values other than DEFAULTS
        ({}, {}, HERE, [*PLACE, *END], {}),
        ({}, {}, {"country": "CAN", "postal_code": "j3b 1m4", "lineup": "CAN-0005993-X"},
         [*PLACE, *END], {"postal_code": "J3B1M4", "lineup": "CAN-0005993-X"}),
        ({}, {}, {**pick, "lineup": (CABLE, "OTA"), "stations": ("WZAADT", "KZAG*")},
         [*PLACE, "stations", *END], {"lineup": f"{CABLE},{ANTENNA}", "channels": "20006,20242"}),
        ({}, {}, pick, [*PLACE, "stations", *END], {}),
        ({}, {}, of_list,
         [*PLACE, "playlist", "stations", *END], {"channels_from": playlist}),
        ({}, {}, {**of_list, "stations": ("20006",)},
         [*PLACE, "playlist", "stations", *END], {"channels": "!20122", "channels_from": playlist}),
        ({}, {}, {**of_list, "stations": ("20006", "20242")},
         [*PLACE, "playlist", "stations", *END],
         {"channels": "20242,!20122", "channels_from": playlist}),
        ({}, {}, {**of_list, "stations": ("20242",)},
         [*PLACE, "playlist", "stations", *END], {"channels": "20242"}),
        ({}, {}, {**HERE, "channels": "hdhomerun", "hdhomerun": "tv.m3u", "output": "x.xml"},
         [*PLACE, "hdhomerun", "stations", *END],
         {"channels_from": playlist, "output": str(tmp_path / "x.xml")}),
        ({}, iptv, {**HERE, "channels": "iptv_simple:1"}, [*PLACE, "stations", "player", "confirm"],
         {"channels": "20006,20122", "profile": "kodi", "output": None}),
        ({}, {}, {**HERE, **account, "channels": "tvheadend"}, [*by_tvheadend, "player", "confirm"],
         {**account, "channels": "20006", "profile": "tvheadend", "output": None}),
        ({}, {}, {**HERE, **account, "player": "tvheadend"},
         [*PLACE, "player", *account, "confirm"],
         {**account, "profile": "tvheadend", "output": None}),
        ({}, {}, {**HERE, "player": "tvheadend"}, [*PLACE, "player", "tvh_url", "confirm"],
         {**dict.fromkeys(account, ""), "profile": "tvheadend", "output": None}),
        ({}, {}, {**HERE, "player": "plex", "output": "/tv/x.xml"}, [*PLACE, *END],
         {"profile": "plex", "output": "/tv/x.xml"}),
        ({}, {"skip": frozenset(("country", "tonight", "player", "output", "confirm"))}, HERE,
         ["postal_code", "lineup", "channels"], {"profile": None, "output": None}),
        ({}, old, {}, ["earlier", *PLACE, "stations", *END],
         {"lineup": CABLE, "channels": "20006", "days": "3"}),
        ({}, old, {**HERE, "earlier": "no"}, ["earlier", *PLACE, *END], {}),
        ({}, by_filter, {}, ["earlier", *PLACE, *END],
         {"lineup": CABLE, "channels": "20006", **followed}),
        (HERE, old, {}, [*PLACE, *END], {}),
        ({**HERE, "lineup": CABLE, "channels": "20006", "profile": "plex"}, {}, {},
         [*PLACE, "stations", *END], {"lineup": CABLE, "channels": "20006", "profile": "plex"}),
        ({**HERE, "channels_from": playlist, "tvh_filter": "true"}, {}, {}, [*PLACE, *END],
         {"channels_from": playlist, "tvh_filter": "true"}),
        ({**HERE, "channels": "!20006"}, {}, {}, [*PLACE, *END], {"channels": "!20006"}),
        ({**HERE, "channels": "!20006"}, {}, {"lineup": CABLE}, [*PLACE, *END], {"lineup": CABLE}),
    )  # fmt: skip
    wrong = []
    for texts, tools, answers, expected, values in rows:
        one = face(texts, **tools)
        try:
            asked = steps(one.walk(answers))
        except GrabError as error:
            asked = error
        values = {**DEFAULTS, **values}
        values = {name: text for name, text in values.items() if text is not None}
        if (asked, one.setup.values) != (expected, values):
            wrong.append((answers, asked, one.setup.values, expected))
    assert wrong == []


def test_a_question_that_is_asked_again_proposes_its_last_answer(face, playlist):
    answers = {
        **{**HERE, "country": "USA", "lineup": (CABLE,), "channels": "playlist"},
        **{"playlist": playlist, "stations": ("20006",), "player": "plex", "output": "/x.xml"},
    }
    one = face()
    asked = steps(one.walk(answers))
    assert one.setup.back()
    again = [one.ask()]
    while one.setup.back():
        again.insert(0, one.ask())
    assert (steps(again), one.setup.back(), one.setup.step) == (asked, False, "country")
    proposed = {row.step: row.default for row in again if row.kind != "show"}
    given = {step: (row,) if isinstance(row, str) else row for step, row in answers.items()}
    assert proposed == given
    # The same answers keep what depends on them; another one drops it.
    one.walk({}, "stations")
    assert one.ask().default == ("20006",)
    for change, dropped in (
        ({"lineup": (ANTENNA,)}, {"channels": ("all",)}),
        ({"country": "CAN", "postal_code": "J3B1M4"}, {"lineup": ("CAN-lineupId-DEFAULT",)}),
    ):
        while one.setup.back():
            pass
        one.walk(change, next(iter(dropped)))
        assert {one.setup.step: one.ask().default} == dropped


def test_at_each_step_one_can_leave_and_nothing_is_written(face, tvheadend):
    """Only the store of answers appears, which is no choice."""
    answers = {
        **{**HERE, "channels": "tvheadend", "tvh_url": tvheadend.url, "tvh_username": "viewer"},
        **{"tvh_password": "pass:word", "player": "plex", "output": "/x.xml"},
    }
    one = face(earlier=OLD)
    one.walk(answers)
    names = {name.partition("-")[0] for name in os.listdir(one.settings.data_dir)}
    assert names == {"gracenote2epg.db", "lock"}


def test_a_bad_answer_leaves_the_step_and_says_what_is_allowed(face, playlist, tvheadend, tmp_path):
    (tmp_path / "empty.m3u").write_text("#EXTM3U\n#EXTINF:-1,Nobody's\nhttp://tv/1\n")
    by_tvheadend = {**HERE, "channels": "tvheadend", "tvh_url": tvheadend.url}
    rows = (
        ({}, "country", ["MEX"], "USA, CAN"),
        ({}, "postal_code", [""], "postal_code is not set"),
        ({}, "postal_code", ["1234"], "US ZIP such as 90210 or"),
        ({}, "postal_code", ["J3B1M4"], "90210; go back to change the country"),
        ({}, "postal_code", ["99999"], "no lineup"),
        (HERE, "lineup", ["Vienna"], "one of the list"),
        (HERE, "lineup", [""], "lineup is not set"),
        (HERE, "lineup", [], "one of the list at least"),
        (HERE, "lineup", ["USA-OTA10001-DEFAULT"], "same place"),
        (HERE, "channels", ["some"], "all, pick"),
        ({**HERE, "channels": "playlist"}, "playlist", ["ftp://me:geheim@tv"], "http address"),
        ({**HERE, "channels": "playlist"}, "playlist", ["/none.m3u"], "/none.m3u"),
        ({**HERE, "channels": "playlist"}, "playlist", [""], "channels_from is not set"),
        ({**HERE, "channels": "playlist"}, "playlist", [str(tmp_path / "empty.m3u")], "matches"),
        ({**HERE, "channels": "tvheadend"}, "tvh_url", [""], "tvh_url is not set"),
        ({**HERE, "channels": "tvheadend"}, "tvh_url", ["http://127.0.0.1:9"], "cannot be reached"),
        ({**HERE, "player": "tvheadend"}, "tvh_url", ["http://127.0.0.1:9"], "cannot be reached"),
        (by_tvheadend, "tvh_username", [""], "requires a user"),
        ({**by_tvheadend, "tvh_username": "viewer"}, "tvh_password", ["wrong"], "viewer"),
        ({**HERE, "channels": "pick"}, "stations", [], "at least one"),
        ({**HERE, "channels": "pick"}, "stations", ["NOSUCH"], "NOSUCH is not a station"),
        ({**HERE, "channels": "pick"}, "stations", [f"@{playlist}"], "not a list"),
        (HERE, "player", ["xbmc"], ", ".join(PLAYERS)),
        (HERE, "output", ["~nobodys/x"], "a file or folder"),
        (HERE, "output", ["smb://me:geheim@nas/x.xml"], "a file or folder"),
        (HERE, "output", [f"{playlist}/x.xml"], "a folder that this user can write to"),
        (HERE, "output", [f"{tmp_path}/no/such/x.xml"], "a folder that is there"),
    )  # fmt: skip
    wrong = []
    for answers, step, values, message in rows:
        one = face()
        one.walk(answers, step)
        before = one.ask()
        try:
            one.answer(*values)
            wrong.append((step, values, "was taken"))
        except GrabError as error:
            if message not in str(error) or "geheim" in str(error) or one.ask() != before:
                wrong.append((step, values, str(error)))
    assert wrong == []


def test_a_failure_of_the_network_leaves_the_step_and_the_next_try_goes_on(face, server):
    def fails(ask, *answer):
        at = one.setup.step
        with pytest.raises(SourceError):
            ask(*answer)
        assert one.setup.step == at

    one = face()
    one.walk(HERE, "postal_code")
    server.faults.refuse(500, on="providers")
    fails(one.answer, "90210")
    server.faults.clear()
    server.faults.refuse(403, on="grid")
    one.answer("90210")
    assert [row.facts["stations"] for row in one.ask().options] == 4 * [None]
    fails(one.answer, CABLE)
    server.faults.clear()
    one.answer(CABLE)
    server.faults.refuse(403)
    fails(one.ask)
    server.faults.clear()
    assert one.ask().facts["programmes"]
    server.faults.refuse(403)
    assert [one.setup.back(), one.setup.back()] == [True, True]
    fails(one.answer, "10001")
    assert one.ask().default == ("90210",)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        one.setup.answer(["10001"], stop)
    assert one.setup.step == "postal_code"


def test_settings_that_are_fixed_are_shown_and_passed_over_unless_they_are_wrong(face):
    fixed = {"postal_code": "the variable X", "channels_from": "Y", "profile": "P", "lineup": "L"}
    texts = {**HERE, "channels": "2.1", "profile": "any", "lineup": CABLE}
    one = face(texts, fixed=fixed, player="kodi")
    questions = one.walk({"postal_code": "10001", "profile": "plex", "channels": "all"})
    assert [row.fixed for row in questions] == ["the variable X", "L", "", "Y", "P", "", ""]
    assert questions[1].default == (CABLE,)
    assert one.setup.values == {"channels": "2.1", "tvh_filter": "false", "output": ""}
    assert [one.setup.back() and one.setup.step for _ in range(4)] == [
        "confirm", "output", "tonight", False
    ]  # fmt: skip
    one = face({**HERE, "lineup": "Vienna"}, fixed={"lineup": "the variable L"})
    one.walk(HERE, "lineup")
    with pytest.raises(GrabError, match="lineup: 'Vienna'"):
        one.answer()
    assert one.setup.step == "lineup"


def test_the_tvheadend_of_an_earlier_grabber_is_followed_only_if_it_is_there(face):
    """gracenote2epg 2.0 names one from the start, whether there is one or not."""
    others = {"tvh_url": "http://127.0.0.1:9", "tvh_filter": "true"}
    one = face(earlier=OLD._replace(others=others))
    one.walk(to="channels")
    assert one.ask().default == ("keep",)
    with pytest.raises(TvheadendUnreachable):
        one.answer("keep")
    one.walk({"channels": "all"})
    assert one.setup.values["tvh_filter"] == "false"
    kept = face({**HERE, **others})  # set here: it may be off for a moment
    assert "keep" in [row.default[0] for row in kept.walk() if row.step == "channels"]


def test_what_is_shown_beside_the_questions(face, playlist):
    one = face(earlier=OLD, playlists=("http://me:geheim@tv/list.m3u",), texts={"days": "2"})
    shown = {row.step: row for row in one.walk({"channels": "playlist", "playlist": playlist})}
    assert shown["earlier"].facts == {"program": "zap2epg", "path": "/old.xml", "others": ()}
    kinds = [(row.facts["kind"], row.facts["stations"]) for row in shown["lineup"].options]
    assert kinds[:2] == [("OTA", 8), ("CABLE", 14)]
    tonight = shown["tonight"].facts
    assert (tonight["stations"], len(tonight["lineups"])) == (14, 1)
    assert [bool(airings) for _, airings in tonight["programmes"]] == 8 * [True]
    assert shown["channels"].options[2].facts == {"address": "http://tv/list.m3u"}
    (station,) = [row for row in shown["stations"].options if row.value == "20006"]
    assert station.facts["station"].station.call_sign == station.facts["channel"] == "WZAADT"
    assert shown["stations"].facts["missing"] == ("Nobody's",)
    path = os.path.join(one.settings.data_dir, "xmltv.xml")
    assert (shown["output"].default, shown["output"].facts) == (("",), {"own": path})
    confirm = shown["confirm"].facts
    assert (confirm["stations"], confirm["output"], confirm["player"]) == (2, path, "any")
