"""Settings: precedence, config file, the add-on's settings, folders."""

import os
import sys

import pytest

from gracenote2epg.config import paths
from gracenote2epg.config.settings import Config
from gracenote2epg.config.sources import (
    from_addon,
    from_environment,
    from_file,
    load,
    read,
    unknown_variables,
)
from gracenote2epg.errors import InputFileError, SettingError
from support.machine import as_nobody, root_only
from support.tables import not_refused, wrong

# Precedence


def test_the_first_source_wins(environ, conf, addon):
    assert read({}, environ, None).days == 7
    assert "days" not in read({}, environ, None).origins
    addon(days="4")
    file, variable = conf("days=3"), {**environ, "GRACENOTE_DAYS": "2"}
    empty = {**environ, "GRACENOTE_DAYS": ""}
    for days, origin, given in (
        (1, "the option --days", ({"days": "1"}, variable, file)),
        (1, "the option --days", ({"days": "1"}, environ, None)),
        (2, "the variable GRACENOTE_DAYS", ({"offset": "1"}, variable, file)),
        (3, "my.conf", ({}, environ, file)),
        (4, "the add-on's settings", ({}, environ, None)),
        (4, "the add-on's settings", ({"days": " "}, empty, conf("days=", "empty.conf"))),
    ):
        settings = read(*given)
        assert (settings.days, settings.origins["days"].endswith(origin)) == (days, True), origin
    conf("days=5", ".xmltv/tv_grab_gracenote2epg.conf")  # read unless another is named
    assert [read({}, environ, name).days for name in (None, file)] == [5, 3]


def test_an_error_names_the_origin_of_the_value(environ, conf, addon):
    variable = {**environ, "GRACENOTE_MAX_WORKERS": "99"}
    for origin, given in (
        ("the option --max-workers", ({"max_workers": "99"}, environ, None)),
        ("the variable GRACENOTE_MAX_WORKERS", ({}, variable, None)),
        ("my.conf", ({}, environ, conf("max_workers=99"))),
        ("the add-on's settings", ({}, environ, None)),
    ):
        addon(max_workers="99" if "add-on" in origin else "1")
        with pytest.raises(SettingError, match=origin):
            read(*given)
    assert read({"max_workers": "3"}, environ, conf("max_workers=x")).max_workers == 3  # not used
    config = read({"lineup": "Vienna", "max_workers": "1"}, environ, None)
    error = config.invalid("lineup", "Vienna", "a lineup")
    assert error.what == "lineup: 'Vienna' (from the option --lineup) is not allowed"
    assert "the default" in str(Config().invalid("days", 7, "more"))
    with pytest.raises(SettingError, match=r"jellyfin, channels, mythtv \(did you mean plex\?\)"):
        read({"profile": "Plx"}, {}, None)


# The config file


def test_the_format_of_the_config_file(conf):
    text = (
        "# a comment\n\n  days = 3   # and one behind\nchannels=2.1\nchannels=4.1, 5.1\n"
        "channel=7.1\nchannels!9.1\nquiet!true\npostal=90210\nstrategy=aggressive\n"
        "offset=1\r\nuser_agent=A!b=c\nblock_hours=3\nblock_hours=4\n"
        "tvh-password=a#b  # of the viewer\nmin_interval=3#minutes\n#quiet=yes"
    )
    settings, channels = load([from_file(conf(text))]), ("2.1", "4.1", "5.1", "7.1")
    assert {name: getattr(settings, name) for name in settings.origins} == {
        **{"days": 3, "channels": channels, "postal_code": "90210", "user_agent": "A!b=c"},
        **{"worker_strategy": "aggressive", "offset": 1, "block_hours": 4, "min_interval": 3},
        "tvh_password": "a#b",
    }
    assert from_file(conf("")).values == {}
    others = load([from_file(conf("channels!9.1, *shop*\nchannel!7"))])
    assert others.channels == ("!9.1", "!*shop*", "!7")


def test_the_file_of_an_earlier_grabber_is_known_as_that(conf):
    file = conf('<?xml version="1.0"?>\n<settings version="9">\n</settings>\n')
    with pytest.raises(SettingError, match="run --configure, which takes over"):
        load([from_file(file)])


def test_a_line_that_is_no_setting_is_an_error_that_shows_its_key_only(conf):
    for line, key in (
        ("colour=geheim", "colour"),
        ("colour!geheim", "colour"),
        ("days: geheim", "days"),
        ("pw: geheim", "pw"),
        ("GRACENOTE_TVH_PASSWORD=geheim", "GRACENOTE_TVH_PASSWORD"),
        ("export GRACENOTE_TVH_PASSWORD=geheim", "export GRACENOTE_TVH_PASSWORD"),
        ("tvh_pasword geheim=1", ""),
        ("http://me:geheim@example.org/=1", "http"),
        ("geheim", ""),
        ("=geheim", ""),
    ):
        with pytest.raises(SettingError) as caught:
            load([from_file(conf(f"days=3\n{line}\n"))])
        text = str(caught.value)
        given = repr(key) if key else "a line that is not key=value"
        parts = (given, "my.conf, line 2", "docs/settings.md")
        assert ([part for part in parts if part not in text], "geheim" in text) == ([], False)


def test_a_line_that_is_no_setting_says_which_key_may_be_meant(conf):
    def near(line):
        (mistake,) = from_file(conf(line)).mistakes
        return str(mistake).partition("lists the keys")[2]

    assert wrong(near, [
        ("days: 3", " (did you mean days=...?)."), ("Tvh-Url=x", " (did you mean tvh_url=...?)."),
        ("export GRACENOTE_POSTAL=90210", " (did you mean postal=...?)."),
        ("tvh_pasword=x", " (did you mean tvh_password?)."), ("xyzzy=x", "."),
    ]) == []  # fmt: skip


def test_the_nearest_variable_is_so_without_what_all_have_in_common():
    def near(name):
        return unknown_variables({name: "x"})[0].partition(name)[2]

    assert wrong(near, [
        ("GRACENOTE_OUTPUTS", " (did you mean GRACENOTE_OUTPUT?)."),
        ("GRACENOTE_ZIP", "."), ("GRACENOTE_CONFIG_FILE", "."), ("GRACENOTE_", "."),
    ]) == []  # fmt: skip


def test_a_pair_of_quotes_around_a_value_is_no_part_of_it(conf):
    file = conf("days=\"3\"\nchannel='2.1'\nchannel=\"4.1\"\ntvh_password='a\"b'\noffset=''")
    settings = load([from_file(file)])
    assert (settings.days, settings.channels) == (3, ("2.1", "4.1"))
    assert (settings.tvh_password, settings.offset) == ('a"b', 0)
    for text, expected in (
        ('"/data/guide.xml"', "/data/guide.xml"),
        ("it's", "it's"),
        ("'\"ab\"'", '"ab"'),  # only the outer pair
        ('"a" or "b"', '"a" or "b"'),
    ):
        assert load([from_environment({"GRACENOTE_OUTPUT": text})]).output == expected
    for name, text in (("OUTPUT", '"/data'), ("TVH_PASSWORD", "'geheim"), ("DAYS", '"')):
        with pytest.raises(SettingError, match="both quotes or none") as caught:
            load([from_environment({f"GRACENOTE_{name}": text})])
        assert "geheim" not in str(caught.value)


def test_a_config_file_in_other_encodings(home):
    (home / "windows.conf").write_bytes(b"\xef\xbb\xbfdays=3\r\noffset=1\r\n")
    assert load([from_file(str(home / "windows.conf"))]).days == 3
    (home / "my.conf").write_bytes(b"days=3\n\xff\xfe")
    files = [str(home / name) for name in ("none.conf", "my.conf", ".")]

    def read_file(file):
        return load([from_file(file)])

    assert not_refused(read_file, files, InputFileError, str(home)) == []
    assert not_refused(read_file, files[1:2], InputFileError, "it is not UTF-8 text") == []


# The add-on's settings


def test_unset_and_unknown_settings_of_the_addon_leave_the_defaults(environ, addon):
    assert paths.addon_profile(environ) is None
    assert from_addon(None).values == {}
    for text in (
        '<settings version="2"/>',
        "<settings></settings>",
        '<settings version="2"><setting id="days"/><setting id="unknown">x</setting></settings>',
        '<settings version="2"><setting id="days" default="true">9</setting></settings>',
        "<settings>text</settings>",
        "<settings><setting/></settings>",
        "<settings><setting/><setting/></settings>",
        "<settings><setting>3</setting></settings>",
        "<other/>",
    ):
        assert load([from_addon(addon(text))]).days == 7, text
    addon("<settings><setting")
    with pytest.raises(InputFileError, match=r"settings\.xml"):
        read({}, environ, None)


# Folders


def test_the_data_directory_of_the_user(environ, home):
    share = str(home / "share" / "gracenote2epg")
    settings = read({}, environ, None)
    assert (settings.data_dir, settings.output) == (share, os.path.join(share, "xmltv.xml"))
    assert paths.default_data_dir(environ, str(home / "not" / "there")) == share
    assert list(home.iterdir()) == []  # nothing is written
    if sys.platform not in ("win32", "darwin"):
        folder = str(home / ".local" / "share" / "gracenote2epg")
        assert paths.default_data_dir({"HOME": str(home)}, None) == folder


def test_the_data_directory_is_the_addons_profile_unless_set(environ, addon, home):
    folder, mine = addon(days="3"), str(home / "mine")
    assert read({}, environ, None).data_dir == folder
    settings = read({"data_dir": mine}, environ, None)
    assert (settings.data_dir, settings.output) == (mine, os.path.join(mine, "xmltv.xml"))


@root_only
def test_root_does_not_write_into_another_users_profile(environ, addon, home):
    os.chown(addon(days="3"), 12345, 12345)
    settings = read({}, environ, None)
    assert (settings.days, settings.data_dir) == (3, str(home / "share" / "gracenote2epg"))


def test_a_missing_home_is_replaced_by_the_systems(home):
    pwd = pytest.importorskip("pwd")
    assert paths.home_dirs({"HOME": str(home)}) == [str(home)]
    for environ in ({}, {"HOME": ""}, {"HOME": str(home / "none")}):
        assert paths.home_dirs(environ) == [pwd.getpwuid(os.getuid()).pw_dir]


def test_without_any_home_the_data_directory_has_to_be_set(monkeypatch, tmp_path):
    """As for a number of a container's user whom the system does not know."""
    pwd = pytest.importorskip("pwd")
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: {}[uid])
    monkeypatch.delenv("HOME")
    monkeypatch.chdir(tmp_path)
    os.mkdir("~")  # might stand there
    assert (paths.home_dirs({}), paths.default_config_file({})) == ([], "")
    for options in ({}, {"data_dir": "~/d"}, {"data_dir": "d", "output": "~/g.xml"}):
        with pytest.raises(SettingError, match=r"data_dir|output"):
            read(options, {}, None)
    assert read({"data_dir": "d"}, {}, None).data_dir == str(tmp_path / "d")
    assert os.listdir("~") == []


@root_only
def test_a_home_that_is_not_writable_is_read_only():
    def look():
        with_xdg = paths.default_data_dir({"HOME": "/", "XDG_DATA_HOME": "/tmp/x"}, None)
        return paths.home_dirs({"HOME": "/"}), with_xdg

    (first, _), with_xdg = as_nobody(look)
    assert (first, with_xdg) == ("/", "/tmp/x/gracenote2epg")


def test_paths_are_absolute(environ, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    home = os.environ["HOME"]
    assert wrong(lambda name, given: getattr(read({name: given}, environ, None), name), [
        ("data_dir", "d", f"{tmp_path}/d"), ("data_dir", "~/d", f"{home}/d"),
        ("output", "g.xml", f"{tmp_path}/g.xml"), ("output", "~/g.xml", f"{home}/g.xml"),
        ("output", "-", "-"), ("output", "unix:~/xmltv.sock", f"unix:{home}/xmltv.sock"),
        ("channels_from", "tv.m3u", f"{tmp_path}/tv.m3u"),
        ("channels_from", "~/tv.m3u", f"{home}/tv.m3u"),
        ("channels", "@a.txt !@b.txt A@B", (f"@{tmp_path}/a.txt", f"!@{tmp_path}/b.txt", "A@B")),
    ]) == []  # fmt: skip
