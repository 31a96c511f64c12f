"""``--configure`` through a pipe and on a terminal, and ``--configure-api``."""

import glob
import io
import os
import re
import stat
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg.config import sources
from gracenote2epg.config.saving import HEAD
from gracenote2epg.grab import schedule
from gracenote2epg.store.answers import Store
from support.fake_tvheadend import TvhStandIn
from support.tables import wrong


@pytest.fixture(name="grab")
def _grab(terminal):
    """The grabber without GRACENOTE_POSTAL_CODE."""
    return lambda *words, **more: terminal.grab(*words, **{"GRACENOTE_POSTAL_CODE": "", **more})


@pytest.fixture(name="configure")
def _configure(grab):
    """``--configure`` with these answers through a pipe."""
    return lambda answers, *words, **more: grab("--configure", *words, stdin=answers, **more)


def read(path):
    """A config file's text, and its values as the grabber reads them."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return text, sources.load([sources.from_file(path)])


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def stations_of(text):
    return [node.get("id") for node in ElementTree.fromstring(text.encode()).iter("channel")]


# Through a pipe


def test_a_postal_code_is_enough(configure, grab, file, terminal):
    result = configure("90210\n")
    assert (result.code, result.out) == (0, "")
    assert re.search(r"^1 +USA-lineupId-DEFAULT +OTA +.+?  +8$", result.err, re.MULTILINE)
    assert re.search(r"^2 +\S+ +CABLE ", result.err, re.MULTILINE)
    assert read(file)[0] == f"{HEAD}\npostal_code=90210\n"  # the antenna is the default
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert os.listdir(os.path.dirname(file)) == [os.path.basename(file)]
    with Store(terminal.data) as store:
        line = schedule.cron_line(store.installation_id())
    assert f"Cron multi-line: {line}\n" in result.err
    assert grab().is_guide


def test_postal_code_lineup_and_channels_are_asked_in_turn(configure, file, server):
    assert configure("j3b 1m4\n2\n2, WZABDT2 20122\n").code == 0
    lineup = server.world.lineups("J3B1M4")[1]["lineupId"]
    assert read(file)[0].splitlines()[1:] == [
        "postal_code=J3B1M4",
        f"lineup={lineup}  # Example Cable - Valdhaven",
        "channel=20006  # 2 502 WZAADT",
        "channel=20071  # 5 505 WZABDT2",
        "channel=20122  # 11 511 ZADMOVI",
    ]


def test_lineups_are_named_by_row_or_id(configure, file):
    def lineups(answer):
        assert configure(f"yes\n90210\n{answer}\n").code == 0
        return read(file)[1].lineup

    write(file, "days=3\n")
    rows = (
        ("1,2", ("USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT")),
        ("USA-ZZ00001-DEFAULT", ("USA-ZZ00001-DEFAULT",)),
        ("zz00002", ("USA-ZZ00002-DEFAULT",)),
        ("OTA", ()),
    )
    assert wrong(lineups, rows) == []


def test_options_and_variables_are_the_default_answers(configure, file):
    result = configure("", "--postal", "90210", GRACENOTE_CHANNELS="2.3,4.1")
    assert (result.code, "[90210]" in result.err) == (0, True)
    assert sorted(read(file)[1].channels) == ["100083", "20122"]


def test_a_bad_answer_through_a_pipe_is_an_error_and_writes_no_file(configure, file, unclear):
    """The rest of them is in tests/setup."""
    rows = [([""], 2, "postal_code is not set"), (["90210\n9\n"], 2, "lineup: '9'")]
    assert unclear(configure, rows) == []
    assert glob.glob(f"{file}*") == []


# The file


def test_an_existing_file_is_overwritten_only_on_request(configure, file):
    write(file, "postal_code=10001\n")
    result = configure("")
    assert (result.code, "Change it?" in result.err) == (0, True)
    assert read(file)[0] == "postal_code=10001\n"
    write(file, "")  # an empty one needs no request
    assert configure("90210\n").code == 0
    assert read(file)[1].postal_code == "90210"


def test_what_was_not_asked_is_kept(configure, file):
    text = "# mine\npostal=10001\ndays = 3\nprofile=plex\nchannels_from=/tv.m3u\nlineup=OTA\n"
    write(file, text)
    os.chmod(file, 0o640)
    for _ in range(2):  # the second time with the default answers
        assert configure("yes\n10001\n").code == 0
        assert read(file)[0] == (
            "# mine\npostal_code=10001\ndays = 3\nprofile=plex\nchannels_from=/tv.m3u\n"
        )
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o640
    assert configure("yes\n90210\n").code == 0  # elsewhere are other channels
    assert read(file)[0] == "# mine\npostal_code=90210\ndays = 3\nprofile=plex\n"


def test_a_file_with_a_bad_value_can_be_fixed(configure, file):
    write(file, "postal_code=1\ndays=3\n")
    result = configure("yes\n90210\n")
    assert (result.code, "postal_code: '1'" in result.err) == (0, True)
    assert (read(file)[1].postal_code, read(file)[1].days) == ("90210", 3)


def test_config_file_names_the_file(configure, file, tmp_path):
    path = str(tmp_path / "new" / "my.conf")
    assert configure("90210\n", "--config-file", path).code == 0
    assert (read(path)[1].postal_code, os.path.exists(file)) == ("90210", False)
    result = configure("90210\n", "--config-file", "/proc/none/my.conf")
    assert (result.code, "Name another one with --config-file" in result.err) == (7, True)


# On a terminal


class Typed(io.StringIO):
    def __init__(self, *lines):
        super().__init__("".join(f"{line}\n" for line in lines))

    def isatty(self):
        return True


def shown(result, *words):
    """The words that do not stand in this order on the screen."""
    rest, missing = result.err, []
    for word in words:
        _, separator, after = rest.partition(word)
        missing += [] if separator else [word]
        rest = after if separator else rest
    return missing


def test_on_a_terminal_a_question_is_repeated_until_the_answer_is_good(configure, file):
    place, channels = ("1234", "99999", "90210", "77", "", ""), ("NOSUCH", "2.3")
    result = configure(Typed(*place, *channels, "vlc", "", "", "maybe", "no"))
    assert result.code == 0
    assert (
        shown(
            result,
            *("Canadian code: ", "is not allowed", "Canadian code: ", "has no lineup"),
            *("Canadian code: ", "with commas [1]: ", "one of the list", "with commas [1]: "),
            *("Tonight on Local Over the Air Broadcast (8 stations):", "WZAADT 2.1"),
            *("with commas [all]: ", "NOSUCH is not a station", "with commas [pick]: ", "[any]: "),
            *("Allowed: kodi, ", "[any]: ", "Stations     1\n", "Enter saves this: "),
            *("is written", "In Tvheadend", "Download the guide now? (yes or no) [yes]: "),
            *("Allowed: yes, no", "Download the guide now? (yes or no) [yes]: "),
        )
        == []
    )
    assert read(file)[1].channels == ("100083",)
    answers = ("yes", "", "", "what", "", "", "", "", "no", "quit")
    result = configure(Typed(*answers))
    asked = ("goes on", "Allowed: Enter, back, quit", "goes on", "saves this", "'no'", "saves this")
    assert (shown(result, *asked), "is unchanged" in result.err) == ([], True)


def test_on_a_terminal_one_can_go_back_and_quit_at_each_question(configure, file):
    answers = ("90210", "2", "", "pick", "2", "plex", "")
    for number in range(len(answers)):
        result = configure(Typed(*answers[:number], "BACK", "quit"))
        assert (result.code, "Nothing was written" in result.err) == (0, True), number
        assert ("This is the first question." in result.err) == (number == 0)
    assert not os.path.exists(file)
    result = configure(
        Typed("90210", "2", "back", "1", "", "pick", "back", "", "2.1", "", "", "no")
    )
    assert (result.code, read(file)[1].lineup, read(file)[1].channels) == (0, (), ("20006",))
    before = read(file)[0]
    for words in (("perhaps", "n"), ("quit",), ("yes", "quit")):
        result = configure(Typed(*words))
        assert (result.code, "is unchanged" in result.err, read(file)[0]) == (0, True, before)


def test_at_the_end_of_input_a_terminal_takes_the_default_answers(configure, file):
    assert configure(Typed("1234")).code == 2
    assert configure(Typed("90210")).code == 0
    assert read(file)[0] == f"{HEAD}\npostal_code=90210\n"


def test_without_tonight_the_set_up_goes_on(configure, server):
    assert configure("90210\n").code == 0
    server.faults.refuse(403)
    result = configure(Typed("yes", "", "", "", "", "", "", "no"))
    assert shown(result, "HTTP 403", "Enter goes on", "Channels", "is written") == []


def test_the_guide_is_downloaded_and_shown(terminal):
    result = terminal.run("--configure", stdin=Typed("90210", "", "", "2.1", "plex", "", "", ""))
    guide = terminal.guide
    words = (f"file [{guide}]: ", "/guide/plex.xml", "Download the guide now?", "Tonight:")
    assert shown(result, *words, "WZAADT 2.1  ", guide) == []
    assert (result.code, os.path.exists(guide)) == (0, True)
    assert "In Tvheadend" not in result.err


def test_a_players_channels_are_marked_and_nothing_secret_is_shown(configure, file, terminal):
    with TvhStandIn() as tvheadend:
        tvheadend.channel("WZAADT", "2.1")
        answers = ("90210", "", "", "tvheadend", tvheadend.url, "viewer", "geheim", "back", "-")
        account = ("", "viewer", "pass:word", "", "", "", "no")
        result = configure(Typed(*answers, *account), "--debug")
    asked = (
        *("[http://127.0.0.1:9981]: ", "user, - for none: ", "Password: ", "denies", "Password: "),
        *("requires a user", "user, - for none [viewer]: ", "Password: "),
        *("*  2.1", "[the 1 marked]", "[tvheadend]: ", "In Tvheadend"),
    )
    assert shown(result, *asked) == []
    config = read(file)[1]
    assert (config.channels, config.profile) == (("20006",), "tvheadend")
    assert (config.tvh_username, "pass:word" in result.err + terminal.log) == ("viewer", False)
    assert "90210" not in terminal.log


# What was chosen in an earlier grabber


def test_all_choices_of_an_earlier_grabber_are_taken_over(configure, grab, file, terminal):
    assert grab("--postal", "10001").is_guide  # tried out first
    path = os.path.join(terminal.home, "gracenote2epg/conf/gracenote2epg.xml")
    values = {
        **{"zipcode": "90210", "lineupid": "USA-ZZ00001-L", "slist": "20006,20071,1", "days": "3"},
        **{"tvhoff": "true", "tvhurl": "nas", "usern": "me", "passw": "geheim"},
    }
    rows = [f'<setting id="{name}">{text}</setting>' for name, text in values.items()]
    write(path, f'<settings version="2">{"".join(rows)}</settings>')
    result = configure("")
    assert f"Import the choices of gracenote2epg from {path}?" in result.err
    assert "Taken over as well: days, tvh_url, tvh_username, tvh_password." in result.err
    assert "geheim" not in result.err + result.out
    config = read(file)[1]
    assert (config.postal_code, config.lineup) == ("90210", ("USA-ZZ00001-L",))
    assert config.channels == ("20006", "20071")  # station 1 does not exist any more
    assert (config.days, config.tvh_url, config.tvh_password) == (3, "http://nas:9981", "geheim")


# --configure-api


@pytest.fixture(name="api")
def _api(grab):
    """One call; returns the root of its document."""

    def call(file, stage):
        result = grab("--configure-api", "--stage", stage, "--config-file", file)
        assert (result.code, result.err) == (0, "")
        root = ElementTree.fromstring(result.out.encode())
        assert (root.tag, root[-1].tag) == ("xmltvconfiguration", "nextstage")
        assert root.get("grabber") == "tv_grab_gracenote2epg"
        return root

    return call


def question(root):
    return root[0].tag, root[0].get("id")


def options_of(root):
    texts = [node for node in root.iter() if "lang" in node.attrib]
    assert all(node.get("lang") == "en" and node.text for node in texts)
    return {option.get("value"): option.findtext("text") for option in root.iter("option")}


def test_a_program_is_led_from_start_to_end_and_writes_the_answers(api, grab, server, tmp_path):
    file = str(tmp_path / "api.conf")
    root = api(file, "start")
    assert question(root) == ("string", "postal_code")
    assert (server.counts.requests, os.path.exists(file)) == (0, False)
    write(file, "postal_code=90210\n")
    root = api(file, root[-1].get("stage"))
    assert question(root) == ("selectone", "lineup")
    assert options_of(root)["USA-ZZ00002-DEFAULT"].startswith("CABLE Sample Fibre & Cable")
    write(file, "postal_code=90210\nlineup=USA-lineupId-DEFAULT\n")
    root = api(file, root[-1].get("stage"))
    assert question(root) == ("selectmany", "channel")
    assert options_of(root)["20006"] == "PUBLIC MEADOW KIDS HD · WZAADT 2.1"
    with open(file, "a", encoding="utf-8") as lines:
        for value in options_of(root):  # or with a suffix, as XMLTV's programs write them
            mark = "=" if value in ("20006", "20071") else "!"
            lines.write(f"channel{mark}{value}{'.gracenote2epg' * (value == '20006')}\n")
    assert root[-1].get("stage") == "end"
    result = grab("--config-file", file)
    assert (result.code, result.err) == (0, "")
    assert stations_of(result.out) == ["20006.gracenote2epg", "20071.gracenote2epg"]


def test_output_names_the_document(grab, tmp_path, unclear):
    path = str(tmp_path / "start.xml")
    result = grab("--configure-api", "--output", path)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert ElementTree.parse(path).getroot().tag == "xmltvconfiguration"
    rows = [
        (["--configure-api", "--stage", "lineup"], 2, "postal_code is not set"),
        (["--configure-api", "--stage", "middle"], 2, "start, lineup, select-channels"),
    ]
    assert unclear(grab, rows) == []
