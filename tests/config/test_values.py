"""What each setting may hold, and what makes another guide."""

import os
import re

import pytest

from gracenote2epg.config import sources
from gracenote2epg.config.settings import Config, all_settings
from gracenote2epg.config.sources import from_environment, from_file, load
from gracenote2epg.errors import SettingError
from support.tables import wrong


def value(name, text):
    """What a text means for a setting."""
    return getattr(load([from_environment({f"GRACENOTE_{name.upper()}": text})]), name)


# Kinds

GOOD = {
    "days": [("1", 1), (" 14 ", 14)],
    "details": [
        ("true", True), ("YES", True), ("On", True), ("1", True), ("false", False), ("no", False),
        ("OFF", False), ("0", False),
    ],
    "worker_strategy": [
        ("Aggressive", "aggressive"), ("conservative", "conservative"), ("auto", "auto"),
    ],
    "lineup": [("USA-NY31519-X", ("USA-NY31519-X",))],
    "channels": [("2.1, 19629 WABC", ("2.1", "19629", "WABC")), (",2.1,,4.1,", ("2.1", "4.1"))],
    "postal_code": [
        ("90210", "90210"), ("90210-1234", "90210"), ("902101234", "90210"), ("00901", "00901"),
        ("J3B1M4", "J3B1M4"), ("j3b 1m4", "J3B1M4"), (" j3B-1m4 ", "J3B1M4"), ("j3b", "J3B"),
    ],
    "base_url": [
        ("https://tvlistings.gracenote.com", "https://tvlistings.gracenote.com"),
        ("https://example.org/x/", "https://example.org/x"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:1/", "http://localhost:1"), ("http://[::1]:8000", "http://[::1]:8000"),
    ],
    "tvh_url": [
        ("http://127.0.0.1:9981", "http://127.0.0.1:9981"),
        ("192.168.1.5:9981/", "http://192.168.1.5:9981"),
        ("tv.local:9981/tvheadend/", "http://tv.local:9981/tvheadend"),
        ("https://example.org/tv", "https://example.org/tv"),
    ],
    "tvh_password": [("a #b=c!d", "a #b=c!d"), ("päss", "päss")],
    "channels_from": [
        ("/tv/list.m3u", "/tv/list.m3u"), ("192.168.1.20", "http://192.168.1.20"),
        ("http://me:secret@example.org/x?y=z", "http://me:secret@example.org/x?y=z"),
    ],
    "user_agent": [("Mozilla/5.0 (X11) Firefox/128.0", "Mozilla/5.0 (X11) Firefox/128.0")],
    "output": [("-", "-")],
    "monitoring_port": [("65535", 65535)],
}  # fmt: skip

BAD = {
    "days": ["0", "15", "-1", "x", "1.5"],
    "offset": ["14"],
    "max_workers": ["11"],
    "block_hours": ["7"],
    "monitoring_port": ["65536"],
    "details": ["2", "ja"],
    "worker_strategy": ["fast"],
    "channels": [","],
    "lineup": [" , ,"],
    "postal_code": [
        "9021", "902100", "90210-12", "J3B1M", "JJB1M4", "SW1A 1AA", "90210/../x",
        "Beverly Hills",
    ],
    "base_url": [
        "http://tvlistings.gracenote.com", "http://localhost.example.org",
        "http://127.0.0.1@example.org", "https://me:secret@example.org",
        "https://example.org/?x=1", "https://example.org/#x", "https://", "http://[::1",
        "file:///etc/passwd", "example.org",
    ],
    "tvh_url": ["ftp://127.0.0.1", "http://", "http://127.0.0.1:port", "http://127.0.0.1/#x"],
    "channels_from": ["ftp://example.org/list.m3u", "http:///list.m3u"],
    "user_agent": ["Mozilla\r\nX-Evil: 1", "Mozilla 日本"],
    "affiliate": ["a\x00b"],
    "image_host": ["a&b", "x\"/><y"],
}  # fmt: skip


def test_a_value_that_is_allowed():
    rows = [(name, *row) for name, values in GOOD.items() for row in values]
    assert wrong(value, rows) == []


def test_a_value_that_is_not_allowed_is_an_error_that_names_all():
    rows, failures = {row.name: row for row in all_settings()}, []
    for name, text in [(name, text) for name, texts in BAD.items() for text in texts]:
        with pytest.raises(SettingError) as caught:
            value(name, text)
        row, said = rows[name], str(caught.value)
        parts = (name, repr(row.kind.display(text.strip())), row.variable, row.kind.allowed)
        failures += [(name, text, part) for part in parts if part not in said]
        assert caught.value.exit_code == 2
    assert failures == []


def test_an_error_gives_no_secret_away():
    for name, text in (
        ("tvh_url", "http://me:geheim@127.0.0.1:9981"),
        ("tvh_url", "http://127.0.0.1:9981?auth=geheim"),
        ("tvh_password", "geheim\n2"),
        ("channels_from", "ftp://me:geheim@example.org/list?password=geheim"),
    ):
        with pytest.raises(SettingError, match=name) as caught:
            value(name, text)
        assert "geheim" not in str(caught.value)


def test_no_secret_is_given_away_by_a_mistyped_name_or_by_the_settings(conf):
    with pytest.raises(SettingError, match="tvh_pasword") as mistyped:
        from_file(conf("tvh_pasword=geheim"))
    assert "geheim" not in str(mistyped.value)
    given = {"tvh_password": "geheim", "channels_from": "http://me:geheim@example.org/list"}
    assert "geheim" not in repr(sources.override(Config(), given))


def test_a_password_in_the_config_file_may_hold_a_hash(conf):
    found = load([from_file(conf("tvh_password=a#b  # of the viewer\ndays=3#days\n#quiet=yes"))])
    assert (found.tvh_password, found.days, found.quiet) == ("a#b", 3, False)


# The table


def test_every_setting_explains_itself_and_has_a_default_that_is_allowed():
    for row in all_settings():
        assert len(row.help) > 10, row.name
        assert row.help[-1] != ".", row.name
        assert row.group, row.name
        assert row.kind.allowed, row.name
        assert row.variable == f"GRACENOTE_{row.name.upper()}"
        assert row.options[0] == f"--{row.name.replace('_', '-')}"
        if row.default not in ("", ()):
            listed = isinstance(row.default, tuple)
            text = ",".join(row.default) if listed else str(row.default)
            assert row.kind.parse(text) == row.default, row.name


def test_no_two_settings_share_a_name_or_an_alias():
    names = [name for row in all_settings() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))


def test_the_documents_defaults():
    documented = {"worker_strategy": "balanced", "max_workers": 10, "enable_adaptive": True,
                  "monitoring_web_api": True, "monitoring_port": 9989, "block_hours": 6,
                  "min_interval": 30, "days": 7}  # fmt: skip
    assert {name: getattr(Config(), name) for name in documented} == documented


# Override


def test_override_replaces_what_is_given_and_keeps_the_rest():
    before = Config(days=3, max_workers=2)
    after = sources.override(before, {"max_workers": 5, "enable_adaptive": False, "offset": None})
    assert (after.days, after.max_workers, after.enable_adaptive, after.offset) == (3, 5, False, 0)
    assert before.max_workers == 2
    assert sources.override(before, {"channels": ("2.1", "4.1")}).channels == ("2.1", "4.1")


def test_override_checks_like_all_others_and_names_the_argument():
    for name, bad in (("max_workers", 0), ("worker_strategy", "fast"), ("enable_adaptive", "so")):
        with pytest.raises(SettingError, match=f"the argument {name}"):
            sources.override(Config(), {name: bad})


# What makes a guide


def test_settings_that_change_the_guide_change_its_form():
    changing = {"days": 3, "offset": 1, "details": False, "channels": ("2.1",), "utc": True,
                "postal_code": "10001", "lineup": ("OTA",),
                "base_url": "https://example.org"}  # fmt: skip
    others = {"output": "/x", "data_dir": "/x", "min_interval": 0, "offline": True,
              "enable_monitoring": True, "interval": 1}  # fmt: skip
    plain = Config().fingerprint
    assert [
        name for name in changing if Config(**{name: changing[name]}).fingerprint == plain
    ] == []
    assert [name for name in others if Config(**{name: others[name]}).fingerprint != plain] == []


def test_the_fingerprint_gives_nothing_away():
    assert re.fullmatch("[0-9a-f]{64}", Config(postal_code="90210").fingerprint)


def test_a_file_that_was_edited_makes_another_guide(tmp_path):
    path = tmp_path / "list"
    path.write_text("")
    for name in ("category_map", "channels_from"):
        settings = Config(**{name: str(path)})
        os.utime(path, (2, 2))
        before = settings.fingerprint
        assert settings.fingerprint == before
        os.utime(path, (1, 1))
        assert settings.fingerprint != before, name
