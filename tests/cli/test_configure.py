"""``--configure`` on a terminal and piped, and ``--configure-api`` as programs use it."""

import contextlib
import glob
import os
import re
import stat
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree

import pytest

from support.machine import GRABBER, Box, Ended
from support.builders import provider
from gracenote2epg import config, plan, zap2epg
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.models import Lineup
from gracenote2epg.store import Store

ZAP2EPG = ".kodi/userdata/addon_data/script.module.zap2epg/settings.xml"


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="box")
def _box(server, tmp_path):
    return Box(server, tmp_path)


@pytest.fixture(name="file")
def _file(box):
    return os.path.join(box.home, ".xmltv", "tv_grab_gracenote2epg.conf")


def configure(box, answers, *words, **more):
    """``--configure`` with these answers through a pipe, then its end."""
    ended = subprocess.run(
        [sys.executable, GRABBER, "--configure", *words],
        input=answers.encode(),
        env={**box.environment, **more},
        cwd="/",
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def read(path):
    """What a config file chooses: its text, and its values as the grabber reads them."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return text, config.load([config.from_file(path)])


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


# Piped


def test_a_postal_code_is_enough(box, file):
    ended = configure(box, "90210\n")
    assert (ended.code, ended.out) == (0, "")
    text, chosen = read(file)
    assert (chosen.postal_code, chosen.lineup) == ("90210", ("USA-lineupId-DEFAULT",))
    assert chosen.channels == ()
    assert "channel" not in text


def test_postal_code_lineup_and_channels_are_asked_in_turn(box, file, server):
    ended = configure(box, "j3b 1m4\n2\n2, WZABDT2 20122\n")
    assert ended.code == 0
    lineup = server.world.lineups("J3B1M4")[1]["lineupId"]
    text, chosen = read(file)
    assert (chosen.postal_code, chosen.lineup) == ("J3B1M4", (lineup,))
    assert sorted(chosen.channels) == ["20006", "20071", "20122"]
    assert "\nchannel=20006  # 2 502 WZAADT\n" in text
    assert re.search(r"^channel!20242  # 20 KZAGDT$", text, re.MULTILINE)


def test_the_lineups_come_with_their_kind_and_number_of_stations(box, server):
    said = configure(box, "90210\n").err
    row = re.search(r"^1 +USA-lineupId-DEFAULT +OTA +(.+?)  +(\d+)$", said, re.MULTILINE)
    assert int(row.group(2)) == 40
    assert re.search(r"^2 +\S+ +CABLE ", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("answer", "lineups"),
    [
        ("1,2", ("USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT")),
        ("USA-ZZ00001-DEFAULT", ("USA-ZZ00001-DEFAULT",)),
        ("OTA", ("OTA",)),
    ],
)
def test_lineups_are_named_by_row_or_id(box, file, answer, lineups):
    assert configure(box, f"90210\n{answer}\n").code == 0
    assert read(file)[1].lineup == lineups


def test_what_options_and_variables_say_is_proposed(box, file):
    ended = configure(box, "", "--postal", "90210", GRACENOTE_CHANNELS="2.3,4.1")
    assert ended.code == 0
    assert "[90210]" in ended.err
    assert sorted(read(file)[1].channels) == ["100083", "20122"]


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ("", 2, "No postal code"),
        ("1234\n", 2, "postal_code: '1234'"),
        ("99999\n", 5, "no lineup for this postal code"),
        ("90210\n9\n", 2, "lineup: '9'"),
        ("90210\nVienna\n", 2, "a row's number"),
        ("90210\n1\nNOSUCH\n", 2, "NOSUCH is no station"),
    ],
)
def test_a_bad_answer_of_a_pipe_is_an_error_and_no_file(box, file, answers, code, said):
    ended = configure(box, answers)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err
    assert glob.glob(f"{file}*") == []


def test_a_closed_stdin_is_the_end_of_a_pipe(box, file):
    command = f'"{sys.executable}" "{GRABBER}" --configure --postal 90210 <&-'
    assert box.run(["/bin/sh", "-c", command]).code == 0
    assert read(file)[1].postal_code == "90210"


# The file


def test_the_file_is_its_owners_alone(box, file):
    configure(box, "90210\n")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert os.listdir(os.path.dirname(file)) == [os.path.basename(file)]


def test_a_file_that_is_there_is_asked_about_first(box, file):
    write(file, "postal_code=10001\n")
    ended = configure(box, "")
    assert ended.code == 0
    assert "Write it anew?" in ended.err
    assert read(file)[0] == "postal_code=10001\n"


def test_an_empty_file_is_not(box, file):
    write(file, "")
    assert configure(box, "90210\n").code == 0
    assert read(file)[1].postal_code == "90210"


def test_what_is_not_asked_about_stays_and_so_does_the_mode(box, file):
    write(
        file,
        "# mine\npostal_code=10001\ndays = 3\nchannel=1\nchannel!2\nlineup=OTA\npostal=10001\n",
    )
    os.chmod(file, 0o640)
    assert configure(box, "yes\n90210\n").code == 0
    text, chosen = read(file)
    assert text.splitlines()[1:] == [
        "postal_code=90210",
        "lineup=USA-lineupId-DEFAULT  # Local Over the Air Broadcast",
        "# mine",
        "days = 3",
    ]
    assert chosen.days == 3
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o640
    assert configure(box, "yes\n\n\n\n").code == 0  # once more with what it says
    assert read(file)[0] == text


def test_a_file_with_a_fault_can_be_mended(box, file):
    write(file, "postal_code=1\ndays=3\n")
    ended = configure(box, "yes\n90210\n")
    assert ended.code == 0
    assert "postal_code: '1'" in ended.err
    assert (read(file)[1].postal_code, read(file)[1].days) == ("90210", 3)


def test_a_link_to_the_file_stays_a_link(box, file, tmp_path):
    write(str(tmp_path / "real.conf"), "days=2\n")
    os.makedirs(os.path.dirname(file))
    os.symlink(tmp_path / "real.conf", file)
    assert configure(box, "yes\n90210\n").code == 0
    assert os.path.islink(file)
    assert read(file)[1].days == 2


def test_the_file_that_is_named_is_written(box, file, tmp_path):
    path = str(tmp_path / "new" / "my.conf")
    assert configure(box, "90210\n", "--config-file", path).code == 0
    assert read(path)[1].postal_code == "90210"
    assert not os.path.exists(file)


def test_a_file_that_cannot_be_written_is_a_line(box):
    ended = configure(box, "90210\n", "--config-file", "/proc/none/my.conf")
    assert (ended.code, "Traceback" in ended.err) == (7, False)
    assert "--config-file" in ended.err.splitlines()[-1]


def test_the_grab_afterwards_has_what_was_chosen(box, file):
    configure(box, "90210\n1\n20006\n")
    ended = box.run([sys.executable, GRABBER])
    assert (ended.code, ended.err) == (0, "")
    channels = ElementTree.fromstring(ended.out.encode()).findall("channel")
    assert [own.get("id") for own in channels] == ["20006.gracenote2epg"]


def test_the_next_steps_end_it_with_the_cron_line_of_this_installation(box):
    said = configure(box, "90210\n").err
    with Store(box.data) as store:
        line = plan.cron(store.installation())
    assert f"Cron multi-line: {line}\n" in said
    assert "Restart" in said
    assert "twice" in said


# On a terminal


class Terminal:
    """A person at a terminal: waits for a text, then types a line."""

    def __init__(self, box, *words):
        pty = pytest.importorskip("pty")
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, GRABBER, *words],
            env={**box.environment, "TERM": "dumb"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._seen = ""
        self._patience = threading.Timer(30, self.process.kill)
        self._patience.start()

    def answer(self, question, text):
        while question not in self._seen:
            piece = os.read(self._master, 1 << 16)
            assert piece, self._seen
            self._seen += piece.decode()
        self._seen = self._seen.partition(question)[2]
        os.write(self._master, text.encode())

    def end(self):
        with contextlib.suppress(OSError):  # the other end is closed
            while True:
                self._seen += os.read(self._master, 1 << 16).decode()
        os.close(self._master)
        code = self.process.wait()
        self._patience.cancel()
        return code, self._seen


def test_a_person_is_asked_again_until_the_answer_is_good(box, file):
    terminal = Terminal(box, "--configure")
    terminal.answer("Canadian code: ", "1234\n")
    terminal.answer("is not allowed", "")
    terminal.answer("Canadian code: ", "99999\n")
    terminal.answer("has no lineup", "")
    terminal.answer("Canadian code: ", "90210\n")
    terminal.answer("with commas [1]: ", "77\n")
    terminal.answer("a row's number", "")
    terminal.answer("with commas [1]: ", "\n")
    terminal.answer("with commas [all]: ", "NOSUCH\n")
    terminal.answer("NOSUCH is no station", "")
    terminal.answer("with commas [all]: ", "2.3\n")
    code, said = terminal.end()
    assert code == 0
    assert "is written" in said
    assert read(file)[1].channels == ("100083",)


def test_a_person_may_say_no(box, file):
    write(file, "postal_code=10001\n")
    terminal = Terminal(box, "--configure")
    terminal.answer("(yes or no) [no]: ", "perhaps\n")
    terminal.answer("Allowed: yes, no", "")
    terminal.answer("(yes or no) [no]: ", "n\n")
    code, said = terminal.end()
    assert (code, "It stays as it is" in said) == (0, True)


def test_ctrl_c_at_a_question_ends_it(box, file):
    terminal = Terminal(box, "--configure")
    terminal.answer("Canadian code: ", "90210\n")
    terminal.answer("with commas [1]: ", "")
    terminal.process.send_signal(2)
    assert terminal.end()[0] == 130
    assert not os.path.exists(file)


# zap2epg


def zap2epgs(box, path=ZAP2EPG, **values):
    values = {"zipcode": "90210", "lineupcode": "lineupId", "device": "-", "slist": "", **values}
    rows = "".join(f'<setting id="{name}">{value}</setting>' for name, value in values.items())
    write(os.path.join(box.home, path), f'<settings version="2">{rows}</settings>')


def test_the_choices_of_zap2epg_are_proposed(box, file):
    zap2epgs(box, lineupcode="ZZ00001", device="L", slist="20006,20071,1")
    ended = configure(box, "")
    assert ended.code == 0
    assert f"Take over the choices of zap2epg, in {os.path.join(box.home, ZAP2EPG)}?" in ended.err
    chosen = read(file)[1]
    assert chosen.postal_code == "90210"
    assert chosen.lineup == ("USA-ZZ00001-DEFAULT",)
    assert sorted(chosen.channels) == ["20006", "20071"]  # the third is not there any more


def test_the_choices_of_zap2epg_may_be_declined(box, file):
    zap2epgs(box, slist="20006")
    assert configure(box, "no\n10001\n").code == 0
    assert (read(file)[1].postal_code, read(file)[1].channels) == ("10001", ())


@pytest.mark.parametrize(
    "path",
    [
        ZAP2EPG,
        "script.module.zap2epg/epggrab/conf/zap2epg.xml",
        "var/epggrab/conf/zap2epg.xml",
        ".var/app/tv.kodi.Kodi/data/userdata/addon_data/script.module.zap2epg/settings.xml",
    ],
)
def test_zap2epg_is_found_where_it_may_be(box, path):
    zap2epgs(box, path, slist="20006")
    found = zap2epg.find({"HOME": box.home})
    assert found.path == os.path.join(box.home, path)
    assert found[1:] == ("90210", "lineupId", "-", ("20006",))


def test_an_older_zap2epg_has_its_values_in_attributes(box):
    path = os.path.join(box.home, ZAP2EPG)
    write(path, '<settings><setting id="zipcode" value="J3B1M4"/></settings>')
    assert zap2epg.find({"HOME": box.home}) == (path, "J3B1M4", "", "", ())


@pytest.mark.parametrize("text", ["", "<settings", '<settings><setting id="zipcode"/></settings>'])
def test_settings_that_say_nothing_are_passed_over(box, text):
    write(os.path.join(box.home, ZAP2EPG), text)
    assert zap2epg.find({"HOME": box.home}) is None


@pytest.mark.parametrize(
    ("headend", "device", "code", "lineup"),
    [
        ("lineupId", "-", "90210", "USA-lineupId-DEFAULT"),
        ("ZZ00001", "L", "90210", "USA-ZZ00001-DEFAULT"),
        ("ZZ00001", "X", "90210", "USA-ZZ00001-DEFAULT"),
        ("ZZ77777", "X", "90210", "ZZ77777:X"),
        ("DFLTE", "-", "90210", "USA-DFLTE"),
        ("DFLTEC", "-", "J3B1M4", "CAN-DFLTEC"),
        ("NONE", "-", "90210", None),
        ("", "", "90210", None),
    ],
)
def test_a_head_end_of_zap2epg_is_a_lineup(headend, device, code, lineup):
    antenna = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
    rows = [provider(), provider(lineup=antenna, kind="OTA")]
    chosen = zap2epg.Chosen("", code, headend, device, ())
    assert zap2epg.lineup_of(chosen, rows) == lineup


def test_an_antenna_of_zap2epg_needs_no_list():
    assert zap2epg.lineup_of(zap2epg.Chosen("", "90210", "lineupId", "-", ()), ()) == "OTA"


# For programs


def api(box, file, stage):
    """One call; returns the root of its document."""
    ended = box.run(
        [sys.executable, GRABBER, "--configure-api", "--stage", stage, "--config-file", file]
    )
    assert (ended.code, ended.err) == (0, "")
    root = ElementTree.fromstring(ended.out.encode())
    assert root.tag == "xmltvconfiguration"
    assert root.get("grabber") == "tv_grab_gracenote2epg"
    assert root[-1].tag == "nextstage"
    return root


def texts_of(root):
    assert all(own.get("lang") == "en" and own.text for own in root.iter() if "lang" in own.attrib)
    return {option.get("value"): option.findtext("text") for option in root.iter("option")}


def test_a_program_is_led_from_start_to_end_and_writes_the_answers(box, tmp_path):
    file = str(tmp_path / "api.conf")
    root = api(box, file, "start")
    assert (root[0].tag, root[0].get("id")) == ("string", "postal_code")
    write(file, "postal_code=90210\n")
    root = api(box, file, root[-1].get("stage"))
    assert (root[0].tag, root[0].get("id")) == ("selectone", "lineup")
    assert texts_of(root)["USA-ZZ00002-DEFAULT"].startswith("CABLE Sample Fibre & Cable")
    with open(file, "a", encoding="utf-8") as lines:
        lines.write("lineup=USA-lineupId-DEFAULT\n")
    root = api(box, file, root[-1].get("stage"))
    assert (root[0].tag, root[0].get("id")) == ("selectmany", "channel")
    assert texts_of(root)["20006"] == "2.1 WZAADT"
    with open(file, "a", encoding="utf-8") as lines:
        for value in texts_of(root):
            mark = "=" if value in ("20006", "20071") else "!"
            lines.write(f"channel{mark}{value}\n")
    assert root[-1].get("stage") == "end"
    ended = box.run([sys.executable, GRABBER, "--config-file", file])
    assert (ended.code, ended.err) == (0, "")
    listed = ElementTree.fromstring(ended.out.encode()).findall("channel")
    assert [own.get("id").split(".")[0] for own in listed] == ["20006", "20071"]


def test_the_ids_of_the_channel_list_choose_channels_too(box, tmp_path):
    """XMLTV's own programs write those."""
    file = str(tmp_path / "ids.conf")
    write(file, "postal_code=90210\nchannel=20006.gracenote2epg\nchannel!20071.gracenote2epg\n")
    ended = box.run([sys.executable, GRABBER, "--config-file", file])
    listed = ElementTree.fromstring(ended.out.encode()).findall("channel")
    assert [own.get("id") for own in listed] == ["20006.gracenote2epg"]


def test_the_start_needs_no_file_no_network_and_nothing_chosen(box, server, tmp_path):
    api(box, str(tmp_path / "none.conf"), "start")
    assert server.counts.requests == 0
    assert not os.path.exists(tmp_path / "none.conf")


def test_the_document_goes_where_output_says(box, tmp_path):
    path = str(tmp_path / "start.xml")
    ended = box.run([sys.executable, GRABBER, "--configure-api", "--output", path])
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert ElementTree.parse(path).getroot().tag == "xmltvconfiguration"


@pytest.mark.parametrize(
    ("stage", "said"), [("lineup", "No postal code"), ("middle", "start, lineup, select-channels")]
)
def test_a_stage_that_cannot_be_is_a_line(box, stage, said):
    ended = box.run([sys.executable, GRABBER, "--configure-api", "--stage", stage])
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert said in ended.err
