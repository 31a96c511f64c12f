"""``--configure`` through a pipe and on a terminal, and ``--configure-api``."""

import glob
import io
import os
import re
import stat
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg.config import sources
from gracenote2epg.grab import schedule
from gracenote2epg.models import Lineup
from gracenote2epg.setup import earlier_grabber
from gracenote2epg.store.answers import Store
from support.builders import provider
from support.tables import wrong

ZAP2EPG = ".kodi/userdata/addon_data/script.module.zap2epg/settings.xml"


@pytest.fixture(name="grab")
def _grab(terminal):
    """The grabber without GRACENOTE_POSTAL_CODE."""
    return lambda *words, **more: terminal.grab(*words, **{"GRACENOTE_POSTAL_CODE": "", **more})


@pytest.fixture(name="configure")
def _configure(grab):
    """``--configure`` with these answers through a pipe."""
    return lambda answers, *words, **more: grab("--configure", *words, stdin=answers, **more)


@pytest.fixture(name="file")
def _file(terminal):
    return os.path.join(terminal.home, ".xmltv", "tv_grab_gracenote2epg.conf")


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


def test_a_postal_code_is_enough(configure, file):
    result = configure("90210\n")
    assert (result.code, result.out) == (0, "")
    assert re.search(r"^1 +USA-lineupId-DEFAULT +OTA +.+?  +8$", result.err, re.MULTILINE)
    assert re.search(r"^2 +\S+ +CABLE ", result.err, re.MULTILINE)
    text, config = read(file)
    assert (config.postal_code, config.lineup) == ("90210", ("USA-lineupId-DEFAULT",))
    assert (config.channels, "channel" in text) == ((), False)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert os.listdir(os.path.dirname(file)) == [os.path.basename(file)]


def test_postal_code_lineup_and_channels_are_asked_in_turn(configure, file, server):
    assert configure("j3b 1m4\n2\n2, WZABDT2 20122\n").code == 0
    lineup = server.world.lineups("J3B1M4")[1]["lineupId"]
    text, config = read(file)
    assert (config.postal_code, config.lineup) == ("J3B1M4", (lineup,))
    assert sorted(config.channels) == ["20006", "20071", "20122"]
    assert "\nchannel=20006  # 2 502 WZAADT\n" in text
    assert re.search(r"^channel!20242  # \d+ KZAGDT$", text, re.MULTILINE)


def test_lineups_are_named_by_row_or_id(configure, file):
    def lineups(answer):
        assert configure(f"yes\n90210\n{answer}\n").code == 0
        return read(file)[1].lineup

    write(file, "days=3\n")
    rows = (
        ("1,2", ("USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT")),
        ("USA-ZZ00001-DEFAULT", ("USA-ZZ00001-DEFAULT",)),
        ("OTA", ("OTA",)),
    )
    assert wrong(lineups, rows) == []


def test_options_and_variables_are_the_default_answers(configure, file):
    result = configure("", "--postal", "90210", GRACENOTE_CHANNELS="2.3,4.1")
    assert (result.code, "[90210]" in result.err) == (0, True)
    assert sorted(read(file)[1].channels) == ["100083", "20122"]


def test_a_bad_answer_through_a_pipe_is_an_error_and_writes_no_file(configure, file, unclear):
    rows = [
        ([""], 2, "No postal code"),
        (["1234\n"], 2, "postal_code: '1234'"),
        (["99999\n"], 5, "no lineup for this postal code"),
        (["90210\n9\n"], 2, "lineup: '9'"),
        (["90210\nVienna\n"], 2, "a row's number"),
        (["90210\n1\nNOSUCH\n"], 2, "NOSUCH is no station"),
    ]
    assert unclear(configure, rows) == []
    assert glob.glob(f"{file}*") == []


# The file


def test_an_existing_file_is_overwritten_only_on_request(configure, file):
    write(file, "postal_code=10001\n")
    result = configure("")
    assert (result.code, "Overwrite it?" in result.err) == (0, True)
    assert read(file)[0] == "postal_code=10001\n"
    write(file, "")  # an empty one needs no request
    assert configure("90210\n").code == 0
    assert read(file)[1].postal_code == "90210"


def test_other_settings_and_the_mode_are_kept(configure, file):
    write(
        file,
        "# mine\npostal_code=10001\ndays = 3\nchannel=1\nchannel!2\nlineup=OTA\npostal=10001\n",
    )
    os.chmod(file, 0o640)
    assert configure("yes\n90210\n").code == 0
    text, config = read(file)
    assert text.splitlines()[1:] == [
        "postal_code=90210",
        "lineup=USA-lineupId-DEFAULT  # Local Over the Air Broadcast",
        "# mine",
        "days = 3",
    ]
    assert (config.days, stat.S_IMODE(os.stat(file).st_mode)) == (3, 0o640)
    assert configure("yes\n\n\n\n").code == 0  # again with the default answers
    assert read(file)[0] == text


def test_a_file_with_a_bad_value_can_be_fixed(configure, file):
    write(file, "postal_code=1\ndays=3\n")
    result = configure("yes\n90210\n")
    assert (result.code, "postal_code: '1'" in result.err) == (0, True)
    assert (read(file)[1].postal_code, read(file)[1].days) == ("90210", 3)


def test_a_symbolic_link_stays_a_link(configure, file, tmp_path):
    write(str(tmp_path / "real.conf"), "days=2\n")
    os.makedirs(os.path.dirname(file))
    os.symlink(tmp_path / "real.conf", file)
    assert configure("yes\n90210\n").code == 0
    assert (os.path.islink(file), read(file)[1].days) == (True, 2)


def test_config_file_names_the_file(configure, file, tmp_path):
    path = str(tmp_path / "new" / "my.conf")
    assert configure("90210\n", "--config-file", path).code == 0
    assert (read(path)[1].postal_code, os.path.exists(file)) == ("90210", False)
    result = configure("90210\n", "--config-file", "/proc/none/my.conf")
    assert (result.code, "Traceback" in result.err) == (7, False)
    assert "--config-file" in result.err.splitlines()[-1]


def test_the_next_grab_uses_the_choices(configure, grab, terminal):
    text = configure("90210\n1\n20006\n").err
    with Store(terminal.data) as store:
        line = schedule.cron_line(store.installation_id())
    assert f"Cron multi-line: {line}\n" in text
    result = grab()
    assert (result.code, result.err, stations_of(result.out)) == (0, "", ["20006.gracenote2epg"])


# On a terminal


class Typed(io.StringIO):
    """Lines typed on a terminal."""

    def isatty(self):
        return True


def test_on_a_terminal_a_question_is_repeated_until_the_answer_is_good(configure, file):
    answers = ("1234", "99999", "90210", "77", "", "NOSUCH", "2.3")
    result = configure(Typed("".join(f"{answer}\n" for answer in answers)))
    assert result.code == 0
    expected = (
        "Canadian code: ", "is not allowed", "Canadian code: ", "has no lineup", "Canadian code: ",
        "with commas [1]: ", "a row's number", "with commas [1]: ", "with commas [all]: ",
        "NOSUCH is no station", "with commas [all]: ", "is written",
    )  # fmt: skip
    rest = result.err
    for words in expected:
        _, separator, rest = rest.partition(words)
        assert separator, (words, result.err)
    assert read(file)[1].channels == ("100083",)


def test_on_a_terminal_the_user_can_decline(configure, file):
    write(file, "postal_code=10001\n")
    result = configure(Typed("perhaps\nn\n"))
    assert (result.code, result.err.count("(yes or no) [no]: ")) == (0, 2)
    assert "Allowed: yes, no" in result.err
    assert "It is unchanged" in result.err
    assert read(file)[0] == "postal_code=10001\n"


# zap2epg


@pytest.fixture(name="zap2epg")
def _zap2epg(terminal):
    """Writes settings of zap2epg; returns their path."""

    def write_settings(place=ZAP2EPG, **values):
        defaults = {"zipcode": "90210", "lineupcode": "lineupId", "device": "-", "slist": ""}
        rows = [f'<setting id="{k}">{v}</setting>' for k, v in {**defaults, **values}.items()]
        path = os.path.join(terminal.home, place)
        write(path, f'<settings version="2">{"".join(rows)}</settings>')
        return path

    return write_settings


def test_the_choices_of_zap2epg_are_the_default_answers(configure, file, zap2epg):
    path = zap2epg(lineupcode="ZZ00001", device="L", slist="20006,20071,1")
    result = configure("")
    assert result.code == 0
    assert f"Import the choices of zap2epg from {path}?" in result.err
    config = read(file)[1]
    assert (config.postal_code, config.lineup) == ("90210", ("USA-ZZ00001-DEFAULT",))
    assert sorted(config.channels) == ["20006", "20071"]  # station 1 does not exist any more
    os.remove(file)
    assert configure("no\n10001\n").code == 0
    assert (read(file)[1].postal_code, read(file)[1].channels) == ("10001", ())


def test_zap2epg_is_found_in_all_its_places(terminal, zap2epg):
    for place in (
        ZAP2EPG,
        "script.module.zap2epg/epggrab/conf/zap2epg.xml",
        "var/epggrab/conf/zap2epg.xml",
        ".var/app/tv.kodi.Kodi/data/userdata/addon_data/script.module.zap2epg/settings.xml",
    ):
        path = zap2epg(place, slist="20006")
        choices = earlier_grabber.find({"HOME": terminal.home})
        assert choices[:3] == ("zap2epg", path, "90210")
        assert choices[4:] == ("lineupId", "-", ("20006",), {"channel_id": "zap2epg"})
        os.remove(path)


def test_all_choices_of_gracenote2epg_2_are_taken_over(configure, file, zap2epg):
    path = zap2epg(
        "gracenote2epg/conf/gracenote2epg.xml", lineupid="auto", days="3", stitle="true",
        xdetails="false", tvhoff="true", tvhurl="nas", tvhport="9982", usern="me", passw="geheim",
        tvhmatch="false", slist="20006",
    )  # fmt: skip
    result = configure("")
    assert f"Import the choices of gracenote2epg from {path}?" in result.err
    assert "Taken over as well: days, safe_titles, details, tvh_url" in result.err
    assert "geheim" not in result.err + result.out
    config = read(file)[1]
    assert (config.days, config.safe_titles, config.details) == (3, True, False)
    assert (config.tvh_url, config.tvh_username) == ("http://nas:9982", "me")
    assert (config.tvh_password, config.tvh_filter) == ("geheim", False)
    assert (config.lineup, config.channel_id) == (("OTA",), "gracenote2epg")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_old_and_useless_settings_of_zap2epg(terminal):
    path = os.path.join(terminal.home, ZAP2EPG)

    def find(text):
        write(path, text)
        choices = earlier_grabber.find({"HOME": terminal.home})
        return choices and (*choices[1:3], *choices[4:7])

    old = '<settings><setting id="zipcode" value="J3B1M4"/></settings>'
    rows = (
        (old, (path, "J3B1M4", "", "", ())),
        ("", None),
        ("<settings", None),
        ('<settings><setting id="zipcode"/></settings>', None),
    )
    assert wrong(find, rows) == []


def test_the_head_end_of_zap2epg_names_a_lineup():
    antenna = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
    providers = [provider(), provider(lineup=antenna, kind="OTA")]

    def lineup_of(headend, device, code, known=True):
        choices = earlier_grabber.Choices("", "", code, "", headend, device, (), {})
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
    with open(file, "a", encoding="utf-8") as lines:
        lines.write("lineup=USA-lineupId-DEFAULT\n")
    root = api(file, root[-1].get("stage"))
    assert question(root) == ("selectmany", "channel")
    assert options_of(root)["20006"] == "PUBLIC MEADOW KIDS HD · WZAADT 2.1"
    with open(file, "a", encoding="utf-8") as lines:
        for value in options_of(root):
            mark = "=" if value in ("20006", "20071") else "!"
            lines.write(f"channel{mark}{value}\n")
    assert root[-1].get("stage") == "end"
    result = grab("--config-file", file)
    assert (result.code, result.err) == (0, "")
    assert stations_of(result.out) == ["20006.gracenote2epg", "20071.gracenote2epg"]


def test_channel_ids_as_written_by_xmltvs_programs_choose_channels(grab, tmp_path):
    file = str(tmp_path / "ids.conf")
    write(file, "postal_code=90210\nchannel=20006.gracenote2epg\nchannel!20071.gracenote2epg\n")
    assert stations_of(grab("--config-file", file).out) == ["20006.gracenote2epg"]


def test_output_names_the_document(grab, tmp_path, unclear):
    path = str(tmp_path / "start.xml")
    result = grab("--configure-api", "--output", path)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert ElementTree.parse(path).getroot().tag == "xmltvconfiguration"
    words = ["--configure-api", "--stage"]
    rows = [
        ([*words, "lineup"], 2, "No postal code"),
        ([*words, "middle"], 2, "start, lineup, select-channels"),
    ]
    assert unclear(grab, rows) == []
