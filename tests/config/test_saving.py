"""Saving settings in a config file: what was saved is read again, the rest stays."""

import os
import stat
import threading

from gracenote2epg.config.saving import HEAD, save
from gracenote2epg.config.sources import from_file, load
from gracenote2epg.errors import OutputError, SettingError
from support.machine import held_by_another_process
from support.tables import not_refused, wrong

NOW = 1.8e9


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_each_value_is_read_as_it_was_saved(conf):
    def saved(name, text):
        file = conf("")
        save(file, {name: text}, NOW, {"USA-X": "Cable # 1"})
        return getattr(load([from_file(file)]), name)

    texts = (
        "plain", "it's", "a#b", "a # b", "#", "'a'", '"a"', "a'#b", 'a"#b', '"a#b', "=", "!x",
        "a=b!c", "\\", "é 'ü'", '"a" or "b"',
    )  # fmt: skip
    rows = [(name, text, text) for name in ("tvh_password", "output") for text in texts]
    rows += [("tvh_password", " a ", " a "), ("channels", "2.1, !7 *HD", ("2.1", "!7", "*HD"))]
    rows += [("lineup", "OTA,USA-X", ("OTA", "USA-X"))]
    assert wrong(saved, rows) == []


def test_only_the_lines_of_the_settings_change(conf):
    file = conf(
        "# mine\npostal=1\r\n days = 3 # keep\nchannel=1\nchannel!2\n# channels=5\nmax-workers=2\n"
        "workers=3\nunknown\npostal_code=2\nchannels!3\ntvh_url=http://nas\n"
    )
    values = {"channels": "20006,9", "postal_code": "90210", "max_workers": "4", "tvh_url": ""}
    save(file, {**values, "quiet": "true"}, NOW, {"20006": " 2.1\nWZAADT"})
    expected = (
        "# mine", "postal_code=90210", " days = 3 # keep", "channel=20006  # 2.1 WZAADT",
        "channel=9", "# channels=5", "max_workers=4", "unknown", "quiet=true", "",
    )  # fmt: skip
    for _ in range(2):
        assert read(file) == "\n".join(expected)
        save(file, {"quiet": "true"}, NOW)


def test_saving_waits_for_another_process_and_loses_nothing_of_it(conf):
    file = conf("days=2\n")
    with held_by_another_process(os.path.dirname(file)):
        work = threading.Thread(target=save, args=(file, {"days": "3"}, NOW))
        work.start()
        work.join(0.05)
        assert work.is_alive()
        conf("days=2\nprofile=plex\n")
    work.join(5)
    assert read(file) == "days=3\nprofile=plex\n"


def test_a_new_file_is_its_owners_only_and_a_present_one_is_closed_to_others(conf, home):
    new = str(home / "new" / "my.conf")
    save(new, {"days": "3", "offset": ""}, NOW)
    assert (read(new), stat.S_IMODE(os.stat(new).st_mode)) == (
        f"{HEAD}\ndays=3\n",
        0o600,
    )
    file, link = conf("\n"), str(home / "link.conf")
    os.chmod(file, 0o644)
    os.symlink(file, link)
    save(link, {"days": "3"}, NOW)
    assert (os.path.islink(link), stat.S_IMODE(os.stat(file).st_mode)) == (True, 0o640)


def test_what_no_line_can_hold_is_refused_and_nothing_is_written(conf, home):
    file = conf("# mine\n")
    bad = [(file, {"tvh_password": text}, NOW) for text in ("a\nquiet=true", "\"'", "a\u2028b")]
    assert not_refused(save, bad, SettingError, "tvh_password: '.hidden.'") == []
    (home / "bad.conf").write_bytes(b"\xff\xfe")
    bad = [(str(home / name), {"days": "3"}, NOW) for name in ("bad.conf", "my.conf/x.conf", ".")]
    assert not_refused(save, bad, OutputError) == []
    assert (read(file), (home / "bad.conf").read_bytes()) == ("# mine\n", b"\xff\xfe")
