"""Values of settings, and the fingerprint."""

import os
import re

import pytest

from gracenote2epg.config import sources
from gracenote2epg.config.settings import Config, all_settings, as_text
from gracenote2epg.config.sources import from_environment, from_file, load
from gracenote2epg.errors import SettingError
from support.tables import wrong


def value(name, text):
    return getattr(load([from_environment({f"GRACENOTE_{name.upper()}": text})]), name)


# Types

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
        *((text, f"http://{text}") for text in (
            "hdhomerun", "hdhomerun.local", "nas:9191/hdhr/discover.json", "tv.local/lineup.json",
            "10.0.0.2:80/x.m3u", "tv.example/list")),
        *((text, text) for text in ("tv.m3u", "list.json", "tv/list.m3u", "./tv", "a.b.m3u.gz")),
        ("file:///srv/a%20b.m3u", "/srv/a b.m3u"), ("file:/srv/tv", "/srv/tv"),
        ("file://localhost/srv/tv", "/srv/tv"), ("FILE:///C:/tv.m3u", "C:/tv.m3u"),
    ],
    "user_agent": [("Mozilla/5.0 (X11) Firefox/128.0", "Mozilla/5.0 (X11) Firefox/128.0")],
    "output": [("-", "-")],
    "monitoring_port": [("65535", 65535)],
    "notify": [(text, tuple(text.split(","))) for text in (
        "ntfy://ntfy.sh/a_B-9,https://ntfy.sh/topic", "ntfy+http://:tk_x@10.0.0.2:8080/in/topic",
        "https://example.org", "http://me:pw@[::1]:8123/api/webhook/x?y=z",
        "mailto:me@example.org?server=smtp.example.org",
        "mailto:me+tv@b.org?server=localhost&port=25&security=none&from=tv@b.org",
        "mailto:a@b.org?server=c&user=me&password=a%23+%26%2C&security=tls&port=2465")],
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
    "channels_from": ["ftp://example.org/list.m3u", "http:///list.m3u", "file:///"],
    "user_agent": ["Mozilla\r\nX-Evil: 1", "Mozilla 日本"],
    "affiliate": ["a\x00b"],
    "image_host": ["a&b", "x\"/><y"],
    "notify": [
        ",", "me@example.org", "ftp://example.org/x", "https://", "https://example.org:0",
        "https://example.org/#x", "https://ntfy.sh/", "ntfy://example.org/a/b/",
        "ntfy://example.org/t?x=1", "ntfy://example.org/" + "t" * 65, "mailto:me@example.org",
        *(f"mailto:me@example.org?server=example.org&{rest}" for rest in (
            "user=me", "password=x", "port=0", "port=x", "security=ssl", "subject=x", "user=&x",
            "server=b.org", "from=x", "user=a&password=b%0A", "user=a&password=b#c")),
        "mailto:a@b.org%0ABcc:c@d.org?server=b.org", "mailto:a@b.org,c@d.org?server=b.org",
        "mailto:a@b.org?server=b.org:25", "mailto:a@[b?server=b.org", "https://ok.example.org,http:/x",
    ],
}  # fmt: skip


def test_a_value_that_is_allowed():
    rows = [(name, *row) for name, values in GOOD.items() for row in values]
    assert wrong(value, rows) == []


def test_a_value_that_is_not_allowed():
    rows, failures = {row.name: row for row in all_settings()}, []
    for name, text in [(name, text) for name, texts in BAD.items() for text in texts]:
        with pytest.raises(SettingError) as caught:
            value(name, text)
        row, message = rows[name], str(caught.value)
        parts = (name, repr(row.kind.display(text.strip())), row.variable, str(row.kind.allowed))
        failures += [(name, text, part) for part in parts if part not in message]
        assert caught.value.exit_code == 2
    assert failures == []


def test_errors_and_settings_show_no_secrets(conf):
    texts = []
    for name, text in (
        ("tvh_url", "http://me:geheim@127.0.0.1:9981"),
        ("tvh_url", "me:geh/geheim@127.0.0.1:9981"),
        ("tvh_url", "http://127.0.0.1:9981?auth=geheim"),
        ("tvh_password", "geheim\n2"),
        ("channels_from", "ftp://me:geheim@example.org/list?password=geheim"),
        ("notify", "https://geheim.org,mailto:geheim@example.org"),
    ):
        with pytest.raises(SettingError, match=name) as caught:
            value(name, text)
        texts.append(str(caught.value))
    with pytest.raises(SettingError, match="tvh_pasword") as mistyped:
        load([from_file(conf("tvh_pasword=geheim"))])
    given = {"tvh_password": "geheim", "channels_from": "http://me:geheim@example.org/list",
             "notify": ("https://geheim.org/x",)}  # fmt: skip
    texts += [str(mistyped.value), repr(sources.override(Config(), given))]
    assert [text for text in texts if "geheim" in text] == []
    assert "'http://(user)@127.0.0.1:9981'" in texts[0]  # or it would look like an allowed one
    assert "without user and password" in texts[0]
    assert "notify: '(hidden; number 2 is wrong)'" in texts[5]


# The table


def test_the_table_of_settings():
    names = [name for row in all_settings() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    for row in all_settings():
        assert len(row.help) > 10, row.name
        assert row.help[-1] != ".", row.name
        assert (bool(row.group), bool(row.kind.allowed)) == (True, True), row.name
        assert row.variable == f"GRACENOTE_{row.name.upper()}"
        assert row.options[0] == f"--{row.name.replace('_', '-')}"
        if row.default not in ("", ()):
            assert row.kind.parse(as_text(row.default)) == row.default, row.name


def test_the_documents_defaults():
    documented = {"worker_strategy": "balanced", "max_workers": 10, "enable_adaptive": True,
                  "monitoring_web_api": True, "monitoring_port": 9989, "block_hours": 6,
                  "min_interval": 30, "days": 7}  # fmt: skip
    assert {name: getattr(Config(), name) for name in documented} == documented


def test_override_checks_and_replaces_what_is_given():
    before = Config(days=3, max_workers=2)
    given = {"max_workers": 5, "enable_adaptive": False, "offset": None, "channels": ("2.1", "4")}
    expected = Config(days=3, max_workers=5, enable_adaptive=False, channels=("2.1", "4"))
    assert sources.override(before, given) == expected
    for name, bad in (("max_workers", 0), ("worker_strategy", "fast"), ("enable_adaptive", "so")):
        with pytest.raises(SettingError, match=f"the argument {name}"):
            sources.override(Config(), {name: bad})


# The fingerprint


def test_settings_that_change_the_guide_change_the_fingerprint():
    changing = {"days": 3, "offset": 1, "details": False, "channels": ("2.1",), "utc": True,
                "postal_code": "10001", "lineup": ("OTA",),
                "base_url": "https://example.org"}  # fmt: skip
    others = {"output": "/x", "data_dir": "/x", "min_interval": 0, "offline": True,
              "enable_monitoring": True, "interval": 1}  # fmt: skip
    plain, given = Config().fingerprint, {**changing, **others}
    changed = {name for name in given if Config(**{name: given[name]}).fingerprint != plain}
    assert changed == set(changing)
    assert re.fullmatch("[0-9a-f]{64}", Config(postal_code="90210").fingerprint)  # reveals nothing


def test_an_edited_file_changes_the_fingerprint(tmp_path):
    path = tmp_path / "list"
    path.write_text("")
    for settings in (Config(category_map=str(path)), Config(channels=(f"!@{path}",))):
        os.utime(path, (2, 2))
        before = settings.fingerprint
        assert settings.fingerprint == before
        os.utime(path, (1, 1))
        assert settings.fingerprint != before


def test_a_file_that_is_there_is_no_host(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hdhomerun").write_text("")
    rows = [("channels_from", name, name) for name in ("hdhomerun", "./tv.example")]
    assert wrong(value, [*rows, ("channels_from", "tv.example", "http://tv.example")]) == []
