"""The settings: one table, one order of precedence, and no silent default."""

import os
import sys

import pytest

from gracenote2epg.config import paths
from gracenote2epg.config.settings import Config
from gracenote2epg.config.sources import from_addon, from_file, load, read
from gracenote2epg.errors import InputFileError, SettingError
from support.machine import as_nobody, root_only
from support.tables import wrong

# Precedence


def test_the_first_that_says_it_wins(environ, conf, addon):
    assert read({}, environ, None).days == 7
    assert "days" not in read({}, environ, None).origins
    addon(days="4")
    file, variable = conf("days=3"), {**environ, "GRACENOTE_DAYS": "2"}
    for days, origin, given in (
        (1, "the option --days", ({"days": "1"}, variable, file)),
        (1, "the option --days", ({"days": "1"}, environ, None)),
        (2, "the variable GRACENOTE_DAYS", ({}, variable, file)),
        (3, "my.conf", ({}, environ, file)),
        (4, "the add-on's settings", ({}, environ, None)),
    ):
        settings = read(*given)
        assert (settings.days, settings.origins["days"].endswith(origin)) == (days, True), origin


def test_each_setting_comes_from_its_own_first(environ, conf):
    environ["GRACENOTE_DAYS"] = "2"
    found = read({"offset": "1"}, environ, conf("block_hours=3\ndays=5"))
    assert (found.offset, found.days, found.block_hours) == (1, 2, 3)


def test_empty_is_not_given(environ, conf, addon):
    environ["GRACENOTE_DAYS"] = ""
    addon(days="4")
    assert read({"days": " "}, environ, conf("days=")).days == 4


def test_the_config_file_of_every_grabber_is_read_where_no_other_is_named(environ, conf):
    conf("days=3", ".xmltv/tv_grab_gracenote2epg.conf")
    assert read({}, environ, None).days == 3
    assert read({}, environ, conf("offset=2")).days == 7


def test_an_error_names_where_the_bad_value_came_from(environ, conf, addon):
    bad = "99"

    def of_the_addon():
        addon(max_workers=bad)
        read({}, environ, None)

    variable = {**environ, "GRACENOTE_MAX_WORKERS": bad}
    for origin, look in (
        ("the option --max-workers", lambda: read({"max_workers": bad}, environ, None)),
        ("the variable GRACENOTE_MAX_WORKERS", lambda: read({}, variable, None)),
        ("my.conf", lambda: read({}, environ, conf(f"max_workers={bad}"))),
        ("the add-on's settings", of_the_addon),
    ):
        with pytest.raises(SettingError, match=origin):
            look()


def test_a_bad_value_is_an_error_unless_it_stands_behind_a_good_one(environ, conf):
    with pytest.raises(SettingError):
        read({"days": "x"}, environ, conf("days=3"))
    assert read({"days": "3"}, environ, conf("days=x")).days == 3


def test_a_value_that_only_its_user_can_judge_names_its_origin_too(environ):
    environ["GRACENOTE_LINEUP"] = "Vienna"
    error = read({}, environ, None).invalid("lineup", "Vienna", "a lineup")
    for part in ("lineup", "'Vienna'", "the variable GRACENOTE_LINEUP", "a lineup"):
        assert part in str(error)
    assert "the default" in str(Config().invalid("days", 7, "more"))


# The config file


def test_the_format_of_the_config_file(conf):
    text = (
        "# a comment\n\n  days = 3   # and one behind\nchannels=2.1\nchannels=4.1, 5.1\n"
        "channel=7.1\nchannels!9.1\nquiet!true\npostal=90210\nstrategy=aggressive\n"
        "offset=1\r\nuser_agent=A!b=c\nblock_hours=3\nblock_hours=4\n"
    )
    loaded = load([from_file(conf(text))])
    assert loaded.channels == ("2.1", "4.1", "5.1", "7.1")
    assert (loaded.days, loaded.offset, loaded.quiet, loaded.block_hours) == (3, 1, False, 4)
    assert (loaded.postal_code, loaded.worker_strategy) == ("90210", "aggressive")
    assert loaded.user_agent == "A!b=c"
    assert from_file(conf("")).values == {}


def test_a_line_that_is_no_setting_is_refused_and_named(conf):
    for line in ("colour=red", "colour!red", "days", "=3", "days: 3"):
        with pytest.raises(SettingError) as caught:
            from_file(conf(f"days=3\n{line}\n"))
        for part in (line, "my.conf, line 2", "docs/settings.md"):
            assert part in str(caught.value)


def test_a_config_file_that_cannot_be_read_is_an_error_that_names_it(home):
    (home / "my.conf").write_bytes(b"days=3\n\xff\xfe")
    for name in ("none.conf", "my.conf", "."):
        with pytest.raises(InputFileError, match=name):
            from_file(str(home / name))


def test_a_config_file_that_windows_wrote_is_read(home):
    (home / "my.conf").write_bytes(b"\xef\xbb\xbfdays=3\r\noffset=1\r\n")
    assert load([from_file(str(home / "my.conf"))]).days == 3


# The add-on's settings


def test_settings_that_kodi_marks_as_defaults_are_not_given(addon):
    folder = addon(
        '<settings version="2"><setting id="days" default="true">9</setting>'
        '<setting id="offset">2</setting><setting id="quiet" default="true"/></settings>'
    )
    assert from_addon(folder).values == {"offset": "2"}


def test_settings_of_the_addon_that_this_version_does_not_know_are_passed_over(addon):
    for more in ({}, {"of_tomorrow": "x"}):
        assert load([from_addon(addon(days="3", **more))]).days == 3


def test_an_addon_that_says_nothing_leaves_the_defaults(addon):
    for text in (
        '<settings version="2"/>',
        "<settings></settings>",
        '<settings version="2"><setting id="days"/></settings>',
        "<settings>text</settings>",
        "<settings><setting/></settings>",
        "<settings><setting/><setting/></settings>",
        "<settings><setting>3</setting></settings>",
        "<other/>",
    ):
        assert load([from_addon(addon(text))]).days == 7, text


def test_no_addon_says_nothing(environ):
    assert paths.addon_profile(environ) is None
    assert from_addon(None).values == {}


def test_broken_settings_of_the_addon_are_an_error(environ, addon):
    addon("<settings><setting")
    with pytest.raises(InputFileError, match=r"settings\.xml"):
        read({}, environ, None)


# Places


def places(settings):
    return settings.data_dir, settings.output


def test_data_go_to_the_users_data_directory(environ, home):
    share = str(home / "share" / "gracenote2epg")
    assert places(read({}, environ, None)) == (share, os.path.join(share, "xmltv.xml"))
    assert paths.default_data_dir(environ, str(home / "not" / "there")) == share
    assert list(home.iterdir()) == []  # nothing is written by reading


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the rule of the other systems")
def test_without_xdg_it_is_below_the_home(environ, home):
    del environ["XDG_DATA_HOME"]
    found = paths.default_data_dir(environ, None)
    assert found == str(home / ".local" / "share" / "gracenote2epg")


def test_data_go_to_the_addons_profile_unless_another_folder_is_named(environ, addon, home):
    folder, mine = addon(days="3"), str(home / "mine")
    assert read({}, environ, None).data_dir == folder
    named = read({"data_dir": mine}, environ, None)
    assert places(named) == (mine, os.path.join(mine, "xmltv.xml"))


@root_only
def test_a_profile_of_another_user_is_left_alone_even_by_root(environ, addon, home):
    """What root leaves there Kodi could not write any more."""
    folder = addon(days="3")
    os.chown(folder, 12345, 12345)
    found = read({}, environ, None)
    assert (found.days, found.data_dir) == (3, str(home / "share" / "gracenote2epg"))


def test_an_odd_home_is_left_for_the_one_that_the_system_knows(home):
    pwd = pytest.importorskip("pwd")
    known = pwd.getpwuid(os.getuid()).pw_dir
    assert paths.home_dirs({"HOME": str(home)}) == [str(home)]
    for odd in ({}, {"HOME": ""}, {"HOME": str(home / "none")}):
        assert paths.home_dirs(odd) == [known]


@root_only
def test_a_home_where_nothing_can_be_kept_is_read_and_another_one_written(tmp_path):
    def look():
        with_xdg = paths.default_data_dir({"HOME": "/", "XDG_DATA_HOME": "/tmp/x"}, None)
        return paths.home_dirs({"HOME": "/"}), with_xdg

    (first, _), with_xdg = as_nobody(look)
    assert first == "/"
    assert with_xdg == "/tmp/x/gracenote2epg"


def test_a_place_does_not_depend_on_where_the_next_run_begins(environ, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    home = os.environ["HOME"]
    assert wrong(lambda name, given: getattr(read({name: given}, environ, None), name), [
        ("data_dir", "d", str(tmp_path / "d")), ("data_dir", "~/d", os.path.join(home, "d")),
        ("output", "g.xml", str(tmp_path / "g.xml")),
        ("output", "~/g.xml", os.path.join(home, "g.xml")),
        ("output", "-", "-"),
        ("output", "unix:~/xmltv.sock", "unix:" + os.path.join(home, "xmltv.sock")),
        ("channels_from", "tv.m3u", str(tmp_path / "tv.m3u")),
        ("channels_from", "~/tv.m3u", os.path.join(home, "tv.m3u")),
    ]) == []  # fmt: skip
