"""``--configure`` of a person and of a pipe, and ``--configure-api`` as programs use it."""

import glob
import io
import os
import re
import stat
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg.cli import zap2epg_import
from gracenote2epg.config import sources
from gracenote2epg.grab import schedule
from gracenote2epg.models import Lineup
from gracenote2epg.store.answers import Store
from support.builders import provider

ZAP2EPG = ".kodi/userdata/addon_data/script.module.zap2epg/settings.xml"


@pytest.fixture(name="grab")
def _grab(terminal):
    """The grabber where no variable chooses anything."""
    return lambda *words, **more: terminal.grab(*words, **{"GRACENOTE_POSTAL_CODE": "", **more})


@pytest.fixture(name="configure")
def _configure(grab):
    """``--configure`` with these answers through a pipe, then its end."""
    return lambda answers, *words, **more: grab("--configure", *words, stdin=answers, **more)


@pytest.fixture(name="file")
def _file(terminal):
    return os.path.join(terminal.home, ".xmltv", "tv_grab_gracenote2epg.conf")


def read(path):
    """What a config file chooses: its text, and its values as the grabber reads them."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return text, sources.load([sources.from_file(path)])


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def stations_of(text):
    return [node.get("id") for node in ElementTree.fromstring(text.encode()).iter("channel")]


# Piped


def test_a_postal_code_is_enough(configure, file):
    ended = configure("90210\n")
    assert (ended.code, ended.out) == (0, "")
    text, chosen = read(file)
    assert (chosen.postal_code, chosen.lineup) == ("90210", ("USA-lineupId-DEFAULT",))
    assert chosen.channels == ()
    assert "channel" not in text


def test_postal_code_lineup_and_channels_are_asked_in_turn(configure, file, server):
    assert configure("j3b 1m4\n2\n2, WZABDT2 20122\n").code == 0
    lineup = server.world.lineups("J3B1M4")[1]["lineupId"]
    text, chosen = read(file)
    assert (chosen.postal_code, chosen.lineup) == ("J3B1M4", (lineup,))
    assert sorted(chosen.channels) == ["20006", "20071", "20122"]
    assert "\nchannel=20006  # 2 502 WZAADT\n" in text
    assert re.search(r"^channel!20242  # \d+ KZAGDT$", text, re.MULTILINE)


def test_the_lineups_come_with_their_kind_and_number_of_stations(configure):
    said = configure("90210\n").err
    assert re.search(r"^1 +USA-lineupId-DEFAULT +OTA +.+?  +8$", said, re.MULTILINE)
    assert re.search(r"^2 +\S+ +CABLE ", said, re.MULTILINE)


def test_lineups_are_named_by_row_or_id(configure, file):
    for answer, lineups in (
        ("1,2", ("USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT")),
        ("USA-ZZ00001-DEFAULT", ("USA-ZZ00001-DEFAULT",)),
        ("OTA", ("OTA",)),
    ):
        assert configure(f"90210\n{answer}\n").code == 0
        assert read(file)[1].lineup == lineups
        os.remove(file)


def test_what_options_and_variables_say_is_proposed(configure, file):
    ended = configure("", "--postal", "90210", GRACENOTE_CHANNELS="2.3,4.1")
    assert ended.code == 0
    assert "[90210]" in ended.err
    assert sorted(read(file)[1].channels) == ["100083", "20122"]


def test_a_bad_answer_of_a_pipe_is_an_error_and_no_file(configure, file):
    for answers, code, said in (
        ("", 2, "No postal code"),
        ("1234\n", 2, "postal_code: '1234'"),
        ("99999\n", 5, "no lineup for this postal code"),
        ("90210\n9\n", 2, "lineup: '9'"),
        ("90210\nVienna\n", 2, "a row's number"),
        ("90210\n1\nNOSUCH\n", 2, "NOSUCH is no station"),
    ):
        ended = configure(answers)
        assert (answers, ended.code, ended.out) == (answers, code, "")
        assert said in ended.err.splitlines()[-1]
        assert "Traceback" not in ended.err
        assert glob.glob(f"{file}*") == []


# The file


def test_the_file_is_its_owners_alone(configure, file):
    configure("90210\n")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert os.listdir(os.path.dirname(file)) == [os.path.basename(file)]


def test_a_file_that_is_there_is_asked_about_first(configure, file):
    write(file, "postal_code=10001\n")
    ended = configure("")
    assert ended.code == 0
    assert "Write it anew?" in ended.err
    assert read(file)[0] == "postal_code=10001\n"


def test_an_empty_file_is_not(configure, file):
    write(file, "")
    assert configure("90210\n").code == 0
    assert read(file)[1].postal_code == "90210"


def test_what_is_not_asked_about_stays_and_so_does_the_mode(configure, file):
    write(
        file,
        "# mine\npostal_code=10001\ndays = 3\nchannel=1\nchannel!2\nlineup=OTA\npostal=10001\n",
    )
    os.chmod(file, 0o640)
    assert configure("yes\n90210\n").code == 0
    text, chosen = read(file)
    assert text.splitlines()[1:] == [
        "postal_code=90210",
        "lineup=USA-lineupId-DEFAULT  # Local Over the Air Broadcast",
        "# mine",
        "days = 3",
    ]
    assert chosen.days == 3
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o640
    assert configure("yes\n\n\n\n").code == 0  # once more with what it says
    assert read(file)[0] == text


def test_a_file_with_a_fault_can_be_mended(configure, file):
    write(file, "postal_code=1\ndays=3\n")
    ended = configure("yes\n90210\n")
    assert ended.code == 0
    assert "postal_code: '1'" in ended.err
    assert (read(file)[1].postal_code, read(file)[1].days) == ("90210", 3)


def test_a_link_to_the_file_stays_a_link(configure, file, tmp_path):
    write(str(tmp_path / "real.conf"), "days=2\n")
    os.makedirs(os.path.dirname(file))
    os.symlink(tmp_path / "real.conf", file)
    assert configure("yes\n90210\n").code == 0
    assert os.path.islink(file)
    assert read(file)[1].days == 2


def test_the_file_that_is_named_is_written(configure, file, tmp_path):
    path = str(tmp_path / "new" / "my.conf")
    assert configure("90210\n", "--config-file", path).code == 0
    assert read(path)[1].postal_code == "90210"
    assert not os.path.exists(file)


def test_a_file_that_cannot_be_written_is_a_line(configure):
    ended = configure("90210\n", "--config-file", "/proc/none/my.conf")
    assert (ended.code, "Traceback" in ended.err) == (7, False)
    assert "--config-file" in ended.err.splitlines()[-1]


def test_the_grab_afterwards_has_what_was_chosen(configure, grab):
    configure("90210\n1\n20006\n")
    ended = grab()
    assert (ended.code, ended.err) == (0, "")
    assert stations_of(ended.out) == ["20006.gracenote2epg"]


def test_the_next_steps_end_it_with_the_cron_line_of_this_installation(configure, terminal):
    said = configure("90210\n").err
    with Store(terminal.data) as store:
        line = schedule.cron_line(store.installation_id())
    assert f"Cron multi-line: {line}\n" in said
    assert "Restart" in said
    assert "twice" in said


# A person


class Person(io.StringIO):
    """Someone at a terminal, who types these lines."""

    def isatty(self):
        return True


def test_a_person_is_asked_again_until_the_answer_is_good(configure, file):
    answers = ("1234", "99999", "90210", "77", "", "NOSUCH", "2.3")
    ended = configure(Person("".join(f"{answer}\n" for answer in answers)))
    assert ended.code == 0
    expected = (
        "Canadian code: ", "is not allowed", "Canadian code: ", "has no lineup", "Canadian code: ",
        "with commas [1]: ", "a row's number", "with commas [1]: ", "with commas [all]: ",
        "NOSUCH is no station", "with commas [all]: ", "is written",
    )  # fmt: skip
    left = ended.err
    for words in expected:
        _, there, left = left.partition(words)
        assert there, (words, ended.err)
    assert read(file)[1].channels == ("100083",)


def test_a_person_may_say_no(configure, file):
    write(file, "postal_code=10001\n")
    ended = configure(Person("perhaps\nn\n"))
    assert (ended.code, ended.err.count("(yes or no) [no]: ")) == (0, 2)
    assert "Allowed: yes, no" in ended.err
    assert "It stays as it is" in ended.err
    assert read(file)[0] == "postal_code=10001\n"


# zap2epg


@pytest.fixture(name="zap2epgs")
def _zap2epgs(terminal):
    """What writes settings of zap2epg; returns their path."""

    def write_settings(place=ZAP2EPG, **values):
        plain = {"zipcode": "90210", "lineupcode": "lineupId", "device": "-", "slist": ""}
        rows = [f'<setting id="{k}">{v}</setting>' for k, v in {**plain, **values}.items()]
        path = os.path.join(terminal.home, place)
        write(path, f'<settings version="2">{"".join(rows)}</settings>')
        return path

    return write_settings


def test_the_choices_of_zap2epg_are_proposed(configure, file, zap2epgs):
    path = zap2epgs(lineupcode="ZZ00001", device="L", slist="20006,20071,1")
    ended = configure("")
    assert ended.code == 0
    assert f"Take over the choices of zap2epg, in {path}?" in ended.err
    chosen = read(file)[1]
    assert (chosen.postal_code, chosen.lineup) == ("90210", ("USA-ZZ00001-DEFAULT",))
    assert sorted(chosen.channels) == ["20006", "20071"]  # the third is not there any more


def test_the_choices_of_zap2epg_may_be_declined(configure, file, zap2epgs):
    zap2epgs(slist="20006")
    assert configure("no\n10001\n").code == 0
    assert (read(file)[1].postal_code, read(file)[1].channels) == ("10001", ())


def test_zap2epg_is_found_where_it_may_be(terminal, zap2epgs):
    for place in (
        ZAP2EPG,
        "script.module.zap2epg/epggrab/conf/zap2epg.xml",
        "var/epggrab/conf/zap2epg.xml",
        ".var/app/tv.kodi.Kodi/data/userdata/addon_data/script.module.zap2epg/settings.xml",
    ):
        path = zap2epgs(place, slist="20006")
        chosen = zap2epg_import.find({"HOME": terminal.home})
        assert chosen == (path, "90210", "lineupId", "-", ("20006",))
        os.remove(path)


def test_an_older_zap2epg_has_its_values_in_attributes(terminal):
    path = os.path.join(terminal.home, ZAP2EPG)
    write(path, '<settings><setting id="zipcode" value="J3B1M4"/></settings>')
    assert zap2epg_import.find({"HOME": terminal.home}) == (path, "J3B1M4", "", "", ())


def test_settings_of_zap2epg_that_say_nothing_are_passed_over(terminal):
    for text in ("", "<settings", '<settings><setting id="zipcode"/></settings>'):
        write(os.path.join(terminal.home, ZAP2EPG), text)
        assert zap2epg_import.find({"HOME": terminal.home}) is None


def test_a_head_end_of_zap2epg_is_a_lineup():
    antenna = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
    rows = [provider(), provider(lineup=antenna, kind="OTA")]
    for headend, device, code, lineup in (
        ("lineupId", "-", "90210", "USA-lineupId-DEFAULT"),
        ("ZZ00001", "L", "90210", "USA-ZZ00001-DEFAULT"),
        ("ZZ00001", "X", "90210", "USA-ZZ00001-DEFAULT"),
        ("ZZ77777", "X", "90210", "ZZ77777:X"),
        ("DFLTE", "-", "90210", "USA-DFLTE"),
        ("DFLTEC", "-", "J3B1M4", "CAN-DFLTEC"),
        ("NONE", "-", "90210", None),
        ("", "", "90210", None),
    ):
        chosen = zap2epg_import.Chosen("", code, headend, device, ())
        assert (headend, zap2epg_import.lineup_of(chosen, rows)) == (headend, lineup)
    nearby = zap2epg_import.Chosen("", "90210", "lineupId", "-", ())
    assert zap2epg_import.lineup_of(nearby, ()) == "OTA"  # which needs no list


# For programs


@pytest.fixture(name="api")
def _api(grab):
    """One call; returns the root of its document."""

    def call(file, stage):
        ended = grab("--configure-api", "--stage", stage, "--config-file", file)
        assert (ended.code, ended.err) == (0, "")
        root = ElementTree.fromstring(ended.out.encode())
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


def test_a_program_is_led_from_start_to_end_and_writes_the_answers(api, grab, tmp_path):
    file = str(tmp_path / "api.conf")
    root = api(file, "start")
    assert question(root) == ("string", "postal_code")
    write(file, "postal_code=90210\n")
    root = api(file, root[-1].get("stage"))
    assert question(root) == ("selectone", "lineup")
    assert options_of(root)["USA-ZZ00002-DEFAULT"].startswith("CABLE Sample Fibre & Cable")
    with open(file, "a", encoding="utf-8") as lines:
        lines.write("lineup=USA-lineupId-DEFAULT\n")
    root = api(file, root[-1].get("stage"))
    assert question(root) == ("selectmany", "channel")
    assert options_of(root)["20006"] == "2.1 WZAADT"
    with open(file, "a", encoding="utf-8") as lines:
        for value in options_of(root):
            mark = "=" if value in ("20006", "20071") else "!"
            lines.write(f"channel{mark}{value}\n")
    assert root[-1].get("stage") == "end"
    ended = grab("--config-file", file)
    assert (ended.code, ended.err) == (0, "")
    assert stations_of(ended.out) == ["20006.gracenote2epg", "20071.gracenote2epg"]


def test_the_ids_of_the_channel_list_choose_channels_too(grab, tmp_path):
    """XMLTV's own programs write those."""
    file = str(tmp_path / "ids.conf")
    write(file, "postal_code=90210\nchannel=20006.gracenote2epg\nchannel!20071.gracenote2epg\n")
    assert stations_of(grab("--config-file", file).out) == ["20006.gracenote2epg"]


def test_the_start_needs_no_file_no_network_and_nothing_chosen(api, server, tmp_path):
    api(str(tmp_path / "none.conf"), "start")
    assert server.counts.requests == 0
    assert not os.path.exists(tmp_path / "none.conf")


def test_the_document_goes_where_output_says(grab, tmp_path):
    path = str(tmp_path / "start.xml")
    ended = grab("--configure-api", "--output", path)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert ElementTree.parse(path).getroot().tag == "xmltvconfiguration"


def test_a_stage_that_cannot_be_is_a_line(grab, unclear):
    def call(stage):
        return grab("--configure-api", "--stage", stage)

    rows = [(["lineup"], 2, "No postal code"), (["middle"], 2, "start, lineup, select-channels")]
    assert unclear(call, rows) == []
