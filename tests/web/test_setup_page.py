"""The set-up in a browser: its server's part, against the made-up source."""

import io
import logging
import threading

import pytest

from gracenote2epg.config.keeper import FileKeeper
from gracenote2epg.net.http_handler import BadQuery
from gracenote2epg.util.redact import RedactingFormatter
from gracenote2epg.web.setup_page import SetupPage
from support.fake_tvheadend import TvhStandIn

PICK = ("channels", ["pick"])


@pytest.fixture(name="keeper")
def _keeper(server, tmp_path, clock):
    """Of a process without a config file; only variables say where the source is."""
    environ = {"HOME": str(tmp_path), "GRACENOTE_BASE_URL": server.url}
    return FileKeeper({}, environ, str(tmp_path / "conf"), {}, clock)


@pytest.fixture(name="page")
def _page(keeper, clock):
    return SetupPage(keeper, clock)


def walk(page, *answers, until=""):
    """Answer with the defaults, but for these steps; return all questions up to ``until``."""
    given = dict(answers)
    questions = [page.begin({})]
    while questions[-1]["step"] not in ("saved", until):
        now = questions[-1]
        assert "error" not in now, now
        default = now.get("default", ())
        if now["step"] == "stations":
            default = [row["id"] for row in now["options"] if row["chosen"]]
        values = given.get(now["step"], list(default))
        questions.append(page.answer({"id": now["id"], "values": values}))
    return questions


ZIP = ("postal_code", ["90210"])


def test_a_first_start_is_saved_at_the_end_only(page, keeper, tmp_path):
    asked = walk(page, ZIP, PICK, ("player", ["plex"]), until="stations")
    assert [row["step"] for row in asked] == [
        "country", "postal_code", "lineup", "tonight", "channels", "stations",
    ]  # fmt: skip
    lineup, tonight, stations = asked[2], asked[3], asked[5]
    assert {row["facts"]["kind"] for row in lineup["options"]} >= {"OTA", "CABLE"}
    assert all(row["programmes"][0]["title"] for row in tonight["facts"]["programmes"])
    assert [row["number"] for row in stations["options"]][:2] == ["2.1", "2.2"]
    assert not (tmp_path / "conf").exists()
    ticked = [row["id"] for row in stations["options"]][:3]
    *_, confirm, saved = walk(page, ZIP, PICK, ("stations", ticked), ("player", ["plex"]))
    assert confirm["facts"]["stations"] == 3
    assert saved == {"step": "saved", "player": "plex"}
    texts = keeper.texts()
    assert (texts["postal_code"], texts["profile"]) == ("90210", "plex")
    assert texts["channels"] == ",".join(ticked)
    assert page.back({"id": confirm["id"]}) == {"ended": "over"}


def test_back_keeps_the_answers_and_leave_forgets_them(page):
    *asked, last = walk(page, ZIP, until="confirm")
    for before in reversed(asked):
        last = page.back({"id": last["id"]})
        assert last["step"] == before["step"]
    assert not last["can_go_back"]
    assert page.begin({"id": last["id"]}) == last  # the page was loaded again
    (_, code, *_) = walk(page, until="postal_code")
    assert code["default"] == ()  # another set-up
    assert page.leave({"id": code["id"]}) == {}
    assert page.answer({"id": code["id"], "values": ["90210"]}) == {"ended": "over"}


def test_a_wrong_answer_stays_and_without_a_network_it_is_asked_again(page, server):
    question = walk(page, until="postal_code")[-1]

    def answer(values):
        told = page.answer({"id": question["id"], "values": values})
        return told["step"], "error" in told, told.get("again")

    for code in ("", "xyz", "9021O", "99999"):
        assert answer([code]) == ("postal_code", True, False)
    for values in ("90210", [["90210"]], [90210], None):
        with pytest.raises(BadQuery):
            answer(values)
    server.faults.drop()
    assert answer(["90210"]) == ("postal_code", True, True)
    server.faults.clear()
    assert answer(["90210"]) == ("lineup", False, None)


def test_an_answer_that_comes_twice_is_taken_once(page):
    """A second tab has the same set-up, and shows the question before."""
    question = page.begin({})
    given = {"id": question["id"], "step": "country", "values": ["USA"]}
    assert [page.answer(given)["step"] for _ in range(2)] == ["postal_code"] * 2
    assert "error" not in page.answer(given)
    assert page.answer({**given, "step": "postal_code", "values": ["90210"]})["step"] == "lineup"


@pytest.fixture(name="tvheadend")
def _tvheadend():
    with TvhStandIn() as server:
        yield server


def test_what_is_fixed_is_told_and_a_password_is_not(
    server, tmp_path, clock, monkeypatch, tvheadend
):
    environ = {
        "HOME": str(tmp_path),
        "GRACENOTE_BASE_URL": server.url,
        "GRACENOTE_POSTAL_CODE": "90210",
    }
    file = tmp_path / "conf"
    file.write_text(f"tvh_url={tvheadend.url}\ntvh_username=bo\ntvh_password=s3cret-word\n")
    page = SetupPage(FileKeeper({}, environ, str(file), {}, clock), clock)
    asked = walk(page, ("channels", ["tvheadend"]), until="tvh_password")
    assert asked[0]["step"] == "postal_code"
    assert asked[0]["fixed"] == "the variable GRACENOTE_POSTAL_CODE"
    assert (asked[-1]["default"], asked[-1]["is_set"]) == ([], True)
    assert "s3cret-word" not in repr(asked)
    with open(file, "a") as lines:  # providers put passwords in addresses
        lines.write("channels_from=http://bo:s3cret-word@127.0.0.1:9/list.m3u\n")
    another = walk(page, ("channels", ["playlist"]), until="playlist")
    assert (another[-1]["default"], another[-1]["is_set"]) == ([], True)
    assert "s3cret-word" not in repr(another)
    asked = walk(page, ("channels", ["tvheadend"]), until="tvh_password")
    # It is kept when nothing is typed: the server there does not know it.
    told = page.answer({"id": asked[-1]["id"], "values": [""], "unchanged": True})
    assert told["step"] == "tvh_password"
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(RedactingFormatter("%(message)s"))
    monkeypatch.setattr(logging.getLogger("gracenote2epg"), "handlers", [handler])
    page.answer({"id": asked[-1]["id"], "values": ["an0ther-word"]})
    logging.getLogger("gracenote2epg").error("an0ther-word at %s", "90210")
    assert handler.stream.getvalue().endswith("(password) at (postal code)\n")


def test_another_browser_takes_over_while_a_question_hangs(page, server):
    question = walk(page, until="postal_code")[-1]
    server.faults.hold("providers")
    told = []

    def answer():
        told.append(page.answer({"id": question["id"], "values": ["90210"]}))

    thread = threading.Thread(target=answer)
    thread.start()
    assert server.faults.wait_held(1, 5)
    assert page.begin({})["step"] == "country"
    thread.join(5)
    answer()  # again
    assert told == [{"ended": "elsewhere"}] * 2
