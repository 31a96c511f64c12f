"""The settings: one table, one order of precedence, and no silent default."""

import os
import re
import sys

import pytest

from support.machine import as_nobody, root_only
from gracenote2epg import config
from gracenote2epg.config import Config, from_addon, from_environment, from_file, load, read, table
from gracenote2epg.errors import DataError, SettingError

PROFILE = (".kodi", "userdata", "addon_data", config.ADDON_ID)


@pytest.fixture
def home(tmp_path):
    return tmp_path


@pytest.fixture
def environ(home):
    """A user with a home and nothing else."""
    return {"HOME": str(home), "XDG_DATA_HOME": str(home / "share")}


@pytest.fixture
def addon(home):
    """Store these settings as Kodi does; returns the profile's folder."""

    def write(text):
        folder = home.joinpath(*PROFILE)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.xml").write_text(text, encoding="utf-8")
        return str(folder)

    return write


@pytest.fixture
def conf(home):
    """Write a config file and return its path."""

    def write(text, name="my.conf"):
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def of_kodi(**values):
    rows = [f'<setting id="{name}">{value}</setting>' for name, value in values.items()]
    return f'<settings version="2">{"".join(rows)}</settings>'


def value(name, text):
    """What a text means for a setting."""
    return getattr(load([from_environment({f"GRACENOTE_{name.upper()}": text})]), name)


# Precedence

SAID = {"option": "1", "variable": "2", "file": "3", "addon": "4"}


@pytest.mark.parametrize(
    ("given", "days", "origin"),
    [
        (("option", "variable", "file", "addon"), 1, "the option --days"),
        (("variable", "file", "addon"), 2, "the variable GRACENOTE_DAYS"),
        (("file", "addon"), 3, "my.conf"),
        (("addon",), 4, "the add-on's settings"),
        (("option", "addon"), 1, "the option --days"),
        ((), 7, None),
    ],
)
def test_the_first_that_says_it_wins(environ, conf, addon, given, days, origin):
    options = {"days": SAID["option"]} if "option" in given else {}
    if "variable" in given:
        environ["GRACENOTE_DAYS"] = SAID["variable"]
    file = conf(f"days={SAID['file']}") if "file" in given else None
    if "addon" in given:
        addon(of_kodi(days=SAID["addon"]))
    found = read(options, environ, file)
    assert found.days == days
    if origin:
        assert found.origins["days"].endswith(origin)
    else:
        assert "days" not in found.origins


def test_each_setting_comes_from_its_own_first(environ, conf):
    environ["GRACENOTE_DAYS"] = "2"
    found = read({"offset": "1"}, environ, conf("block_hours=3\ndays=5"))
    assert (found.offset, found.days, found.block_hours) == (1, 2, 3)


def test_empty_is_not_given(environ, conf, addon):
    environ["GRACENOTE_DAYS"] = ""
    addon(of_kodi(days="4"))
    assert read({"days": " "}, environ, conf("days=")).days == 4


def test_the_config_file_of_every_grabber_is_read_when_it_is_there(environ, conf):
    conf("days=3", ".xmltv/tv_grab_gracenote2epg.conf")
    assert read({}, environ, None).days == 3


def test_a_config_file_that_is_named_is_read_instead(environ, conf):
    conf("days=3", ".xmltv/tv_grab_gracenote2epg.conf")
    assert read({}, environ, conf("offset=2")).days == 7


# Kinds

GOOD = [
    ("days", "1", 1),
    ("days", " 14 ", 14),
    ("details", "true", True),
    ("details", "YES", True),
    ("details", "On", True),
    ("details", "1", True),
    ("details", "false", False),
    ("details", "no", False),
    ("details", "OFF", False),
    ("details", "0", False),
    ("worker_strategy", "Aggressive", "aggressive"),
    ("worker_strategy", "conservative", "conservative"),
    ("worker_strategy", "auto", "auto"),
    ("lineup", "USA-NY31519-X", ("USA-NY31519-X",)),
    ("channels", "2.1, 19629 WABC", ("2.1", "19629", "WABC")),
    ("channels", ",2.1,,4.1,", ("2.1", "4.1")),
    ("postal_code", "90210", "90210"),
    ("postal_code", "90210-1234", "90210"),
    ("postal_code", "902101234", "90210"),
    ("postal_code", "00901", "00901"),
    ("postal_code", "J3B1M4", "J3B1M4"),
    ("postal_code", "j3b 1m4", "J3B1M4"),
    ("postal_code", " j3B-1m4 ", "J3B1M4"),
    ("postal_code", "j3b", "J3B"),
    ("base_url", "https://tvlistings.gracenote.com", "https://tvlistings.gracenote.com"),
    ("base_url", "https://example.org/x/", "https://example.org/x"),
    ("base_url", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("base_url", "http://localhost:1/", "http://localhost:1"),
    ("base_url", "http://[::1]:8000", "http://[::1]:8000"),
    ("tvh_url", "http://127.0.0.1:9981", "http://127.0.0.1:9981"),
    ("tvh_url", "192.168.1.5:9981/", "http://192.168.1.5:9981"),
    ("tvh_url", "tv.local:9981/tvheadend/", "http://tv.local:9981/tvheadend"),
    ("tvh_url", "https://example.org/tv", "https://example.org/tv"),
    ("tvh_password", "a #b=c!d", "a #b=c!d"),
    ("tvh_password", "p\xe4ss", "p\xe4ss"),
    ("channels_from", "/tv/list.m3u", "/tv/list.m3u"),
    ("channels_from", "192.168.1.20", "http://192.168.1.20"),
    ("channels_from", "http://me:secret@example.org/x?y=z", "http://me:secret@example.org/x?y=z"),
    ("user_agent", "Mozilla/5.0 (X11) Firefox/128.0", "Mozilla/5.0 (X11) Firefox/128.0"),
    ("output", "-", "-"),
    ("monitoring_port", "65535", 65535),
]

BAD = [
    ("days", "0"),
    ("days", "15"),
    ("days", "-1"),
    ("days", "x"),
    ("days", "1.5"),
    ("offset", "14"),
    ("max_workers", "11"),
    ("block_hours", "7"),
    ("monitoring_port", "65536"),
    ("details", "2"),
    ("details", "ja"),
    ("worker_strategy", "fast"),
    ("channels", ","),
    ("lineup", " , ,"),
    ("postal_code", "9021"),
    ("postal_code", "902100"),
    ("postal_code", "90210-12"),
    ("postal_code", "J3B1M"),
    ("postal_code", "JJB1M4"),
    ("postal_code", "SW1A 1AA"),
    ("postal_code", "90210/../x"),
    ("postal_code", "Beverly Hills"),
    ("base_url", "http://tvlistings.gracenote.com"),
    ("base_url", "http://localhost.example.org"),
    ("base_url", "http://127.0.0.1@example.org"),
    ("base_url", "https://me:secret@example.org"),
    ("base_url", "https://example.org/?x=1"),
    ("base_url", "https://example.org/#x"),
    ("base_url", "https://"),
    ("base_url", "http://[::1"),
    ("base_url", "file:///etc/passwd"),
    ("base_url", "example.org"),
    ("tvh_url", "ftp://127.0.0.1"),
    ("tvh_url", "http://"),
    ("tvh_url", "http://127.0.0.1:port"),
    ("tvh_url", "http://127.0.0.1/#x"),
    ("channels_from", "ftp://example.org/list.m3u"),
    ("channels_from", "http:///list.m3u"),
    ("user_agent", "Mozilla\r\nX-Evil: 1"),
    ("user_agent", "Mozilla 日本"),
    ("affiliate", "a\x00b"),
    ("image_host", "a&b"),
    ("image_host", 'x"/><y'),
]


@pytest.mark.parametrize(("name", "text", "expected"), GOOD)
def test_a_value_that_is_allowed(name, text, expected):
    assert value(name, text) == expected


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_value_that_is_not_allowed_is_an_error_that_names_all(name, text):
    row = {row.name: row for row in table()}[name]
    with pytest.raises(SettingError) as caught:
        value(name, text)
    said = str(caught.value)
    for part in (name, repr(row.kind.shown(text.strip())), row.variable, row.kind.allowed):
        assert part in said
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tvh_url", "http://me:geheim@127.0.0.1:9981"),
        ("tvh_url", "http://127.0.0.1:9981?auth=geheim"),
        ("tvh_password", "geheim\n2"),
        ("channels_from", "ftp://me:geheim@example.org/list?password=geheim"),
    ],
)
def test_an_error_gives_no_secret_away(name, text):
    with pytest.raises(SettingError) as caught:
        value(name, text)
    assert name in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_mistyped_password_is_no_secret_given_away(conf):
    with pytest.raises(SettingError, match="tvh_pasword") as mistyped:
        from_file(conf("tvh_pasword=geheim"))
    assert "geheim" not in str(mistyped.value)


def test_the_settings_do_not_show_what_is_secret():
    given = {"tvh_password": "geheim", "channels_from": "http://me:geheim@example.org/list"}
    assert "geheim" not in repr(config.override(Config(), given))


def test_a_password_in_the_config_file_may_hold_a_hash(conf):
    found = load([from_file(conf("tvh_password=a#b  # of the viewer\ndays=3#days\n#quiet=yes"))])
    assert (found.tvh_password, found.days, found.quiet) == ("a#b", 3, False)


def test_a_list_of_channels_does_not_depend_on_where_the_next_run_begins(
    environ, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert read({"channels_from": "tv.m3u"}, environ, None).channels_from == str(
        tmp_path / "tv.m3u"
    )
    listed = read({"channels_from": "~/tv.m3u"}, environ, None).channels_from
    assert listed == os.path.join(os.environ["HOME"], "tv.m3u")


@pytest.mark.parametrize(
    ("options", "variables", "text", "kodi", "origin"),
    [
        ({"max_workers": "99"}, {}, "", {}, "the option --max-workers"),
        ({}, {"GRACENOTE_MAX_WORKERS": "99"}, "", {}, "the variable GRACENOTE_MAX_WORKERS"),
        ({}, {}, "max_workers=99", {}, "my.conf"),
        ({}, {}, "", {"max_workers": "99"}, "the add-on's settings"),
    ],
)
def test_an_error_names_where_the_bad_value_came_from(
    environ, conf, addon, options, variables, text, kodi, origin
):
    addon(of_kodi(**kodi))
    with pytest.raises(SettingError) as caught:
        read(options, {**environ, **variables}, conf(text))
    assert origin in str(caught.value)


def test_a_bad_value_is_an_error_even_where_a_later_source_has_a_good_one(environ, conf):
    with pytest.raises(SettingError):
        read({"days": "x"}, environ, conf("days=3"))


def test_a_bad_value_behind_a_good_one_harms_nothing(environ, conf):
    assert read({"days": "3"}, environ, conf("days=x")).days == 3


def test_a_value_that_only_its_user_can_judge_names_its_origin_too(environ):
    environ["GRACENOTE_LINEUP"] = "Vienna"
    error = read({}, environ, None).bad("lineup", "Vienna", "a lineup")
    for part in ("lineup", "'Vienna'", "the variable GRACENOTE_LINEUP", "a lineup"):
        assert part in str(error)
    assert "the default" in str(Config().bad("days", 7, "more"))


# The config file


def test_the_format_of_the_config_file(conf):
    found = from_file(
        conf(
            "# a comment\n"
            "\n"
            "  days = 3   # and one behind\n"
            "channels=2.1\n"
            "channels=4.1, 5.1\n"
            "channel=7.1\n"
            "channels!9.1\n"
            "quiet!true\n"
            "postal=90210\n"
            "strategy=aggressive\n"
            "offset=1\r\n"
            "user_agent=A!b=c\n"
        )
    )
    loaded = load([found])
    assert loaded.days == 3
    assert loaded.channels == ("2.1", "4.1", "5.1", "7.1")
    assert loaded.quiet is False
    assert loaded.postal_code == "90210"
    assert loaded.worker_strategy == "aggressive"
    assert loaded.offset == 1
    assert loaded.user_agent == "A!b=c"


def test_a_repeated_key_that_is_no_list_takes_the_last(conf):
    assert load([from_file(conf("days=3\ndays=4"))]).days == 4


def test_an_empty_config_file_says_nothing(conf):
    assert from_file(conf("")).values == {}


@pytest.mark.parametrize("line", ["colour=red", "colour!red", "days", "=3", "days: 3"])
def test_a_line_that_is_no_setting_is_refused_and_named(conf, line):
    with pytest.raises(SettingError) as caught:
        from_file(conf(f"days=3\n{line}\n"))
    assert line in str(caught.value)
    assert "my.conf, line 2" in str(caught.value)
    assert "docs/settings.md" in str(caught.value)


def test_a_config_file_that_is_not_there_is_an_error(environ, home):
    with pytest.raises(DataError, match=r"none\.conf"):
        read({}, environ, str(home / "none.conf"))


def test_a_config_file_that_is_no_text_is_an_error(home):
    (home / "my.conf").write_bytes(b"days=3\n\xff\xfe")
    with pytest.raises(DataError, match=r"my\.conf"):
        from_file(str(home / "my.conf"))


def test_a_config_file_that_windows_wrote_is_read(home):
    (home / "my.conf").write_bytes(b"\xef\xbb\xbfdays=3\r\noffset=1\r\n")
    assert load([from_file(str(home / "my.conf"))]).days == 3


def test_a_folder_is_no_config_file(home):
    with pytest.raises(DataError):
        from_file(str(home))


# The add-on's settings


def test_settings_that_kodi_marks_as_defaults_are_not_given(addon):
    folder = addon(
        '<settings version="2"><setting id="days" default="true">9</setting>'
        '<setting id="offset">2</setting><setting id="quiet" default="true"/></settings>'
    )
    assert from_addon(folder).values == {"offset": "2"}


def test_one_setting_alone_is_read(addon):
    assert load([from_addon(addon(of_kodi(days="3")))]).days == 3


@pytest.mark.parametrize(
    "text",
    [
        '<settings version="2"/>',
        "<settings></settings>",
        '<settings version="2"><setting id="days"/></settings>',
        "<settings>text</settings>",
        "<settings><setting/></settings>",
        "<settings><setting/><setting/></settings>",
        "<settings><setting>3</setting></settings>",
        "<other/>",
    ],
)
def test_an_addon_that_says_nothing_leaves_the_defaults(addon, text):
    assert load([from_addon(addon(text))]).days == 7


def test_no_addon_says_nothing(environ):
    assert config.addon_profile(environ) is None
    assert from_addon(None).values == {}


def test_broken_settings_of_the_addon_are_an_error(environ, addon):
    addon("<settings><setting")
    with pytest.raises(DataError, match=r"settings\.xml"):
        read({}, environ, None)


def test_settings_of_the_addon_that_this_version_does_not_know_are_passed_over(addon):
    folder = addon(of_kodi(days="3", of_tomorrow="x"))
    assert load([from_addon(folder)]).days == 3


# Places


def test_data_go_to_the_users_data_directory(environ, home):
    found = read({}, environ, None)
    assert found.data_dir == str(home / "share" / "gracenote2epg")
    assert found.output == str(home / "share" / "gracenote2epg" / "xmltv.xml")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the rule of the other systems")
def test_without_xdg_it_is_below_the_home(environ, home):
    del environ["XDG_DATA_HOME"]
    found = config.default_data_dir(environ, None)
    assert found == str(home / ".local" / "share" / "gracenote2epg")


def test_data_go_to_the_addons_profile_where_there_is_one(environ, addon):
    folder = addon(of_kodi(days="3"))
    assert read({}, environ, None).data_dir == folder


def test_an_addons_profile_that_is_not_ours_to_write_is_left_alone(environ, home):
    found = config.default_data_dir(environ, str(home / "not" / "there"))
    assert found == str(home / "share" / "gracenote2epg")


@root_only
def test_a_profile_of_another_user_is_left_alone_even_by_root(environ, addon, home):
    """What root leaves there Kodi could not write any more."""
    folder = addon(of_kodi(days="3"))
    os.chown(folder, 12345, 12345)
    found = read({}, environ, None)
    assert (found.days, found.data_dir) == (3, str(home / "share" / "gracenote2epg"))


def test_an_odd_home_is_left_for_the_one_that_the_system_knows(home):
    pwd = pytest.importorskip("pwd")
    known = pwd.getpwuid(os.getuid()).pw_dir
    assert config.homes({"HOME": str(home)}) == [str(home)]
    for odd in ({}, {"HOME": ""}, {"HOME": str(home / "none")}):
        assert config.homes(odd) == [known]


@root_only
def test_a_home_where_nothing_can_be_kept_is_read_and_another_one_written(tmp_path):
    def look():
        with_xdg = config.default_data_dir({"HOME": "/", "XDG_DATA_HOME": "/tmp/x"}, None)
        return config.homes({"HOME": "/"}), with_xdg

    (first, _), with_xdg = as_nobody(look)
    assert first == "/"
    assert with_xdg == "/tmp/x/gracenote2epg"


def test_a_socket_is_an_output_by_its_full_path(environ):
    found = read({"output": "unix:~/xmltv.sock"}, environ, None)
    assert found.output == "unix:" + os.path.join(os.environ["HOME"], "xmltv.sock")


# What makes a guide


@pytest.mark.parametrize(
    ("name", "value", "differs"),
    [
        ("days", 3, True),
        ("offset", 1, True),
        ("details", False, True),
        ("channels", ("2.1",), True),
        ("postal_code", "10001", True),
        ("lineup", ("OTA",), True),
        ("utc", True, True),
        ("base_url", "https://example.org", True),
        ("output", "/x", False),
        ("data_dir", "/x", False),
        ("min_interval", 0, False),
        ("offline", True, False),
        ("enable_monitoring", True, False),
        ("interval", 1, False),
    ],
)
def test_settings_that_change_the_guide_change_its_form(name, value, differs):
    assert (Config(**{name: value}).form != Config().form) is differs


def test_the_form_gives_nothing_away():
    assert re.fullmatch("[0-9a-f]{64}", Config(postal_code="90210").form)


@pytest.mark.parametrize("name", ["category_map", "channels_from"])
def test_a_file_that_was_edited_makes_another_guide(tmp_path, name):
    path = tmp_path / "list"
    path.write_text("")
    config = Config(**{name: str(path)})
    before = config.form
    assert config.form == before
    os.utime(path, (1, 1))
    assert config.form != before


def test_nothing_is_written_by_reading(environ, home):
    read({}, environ, None)
    assert list(home.iterdir()) == []


def test_a_data_dir_that_is_given_wins_over_the_addons(environ, addon, home):
    addon(of_kodi(days="3"))
    found = read({"data_dir": str(home / "mine")}, environ, None)
    assert found.data_dir == str(home / "mine")
    assert found.output == str(home / "mine" / "xmltv.xml")


def test_a_tilde_is_the_home(environ):
    found = read({"data_dir": "~/d", "output": "~/g.xml"}, environ, None)
    assert found.data_dir == os.path.join(os.environ["HOME"], "d")
    assert found.output == os.path.join(os.environ["HOME"], "g.xml")


def test_places_do_not_depend_on_where_the_next_run_begins(environ, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = read({"data_dir": "d", "output": "g.xml"}, environ, None)
    assert found.data_dir == str(tmp_path / "d")
    assert found.output == str(tmp_path / "g.xml")


def test_stdout_stays_stdout(environ):
    assert read({"output": "-"}, environ, None).output == "-"


# The table


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_every_setting_explains_itself(row):
    assert len(row.help) > 10
    assert row.help[-1] != "."
    assert row.group
    assert row.kind.allowed
    assert row.variable == f"GRACENOTE_{row.name.upper()}"
    assert row.options[0] == f"--{row.name.replace('_', '-')}"


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_every_default_is_an_allowed_value(row):
    if row.default in ("", ()):
        return
    text = ",".join(row.default) if isinstance(row.default, tuple) else str(row.default)
    assert row.kind.parse(text) == row.default


def test_no_two_settings_share_a_name_or_an_alias():
    names = [name for row in table() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))


def test_the_documents_defaults():
    plain = Config()
    assert (plain.worker_strategy, plain.max_workers, plain.enable_adaptive) == (
        "balanced",
        10,
        True,
    )
    assert (plain.monitoring_web_api, plain.monitoring_port) == (True, 9989)
    assert (plain.block_hours, plain.min_interval, plain.days) == (6, 30, 7)


# override


def test_override_replaces_what_is_given_and_keeps_the_rest():
    before = Config(days=3, max_workers=2)
    after = config.override(before, {"max_workers": 5, "enable_adaptive": False, "offset": None})
    assert (after.days, after.max_workers, after.enable_adaptive, after.offset) == (3, 5, False, 0)
    assert before.max_workers == 2


@pytest.mark.parametrize(
    "given", [{"max_workers": 0}, {"worker_strategy": "fast"}, {"enable_adaptive": "perhaps"}]
)
def test_override_checks_like_all_others_and_names_the_argument(given):
    with pytest.raises(SettingError, match=f"the argument {next(iter(given))}"):
        config.override(Config(), given)


def test_override_of_a_list():
    assert config.override(Config(), {"channels": ("2.1", "4.1")}).channels == ("2.1", "4.1")
