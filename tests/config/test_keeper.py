"""The settings of a process that runs for long: fixed ones, the others, and mistakes in both."""

import pytest

from gracenote2epg.config.keeper import FileKeeper
from gracenote2epg.errors import GrabError, OutputError, SettingError


@pytest.fixture(name="keep")
def _keep(tmp_path, clock):
    """Makes a keeper of a config file with this text; "" = none."""

    def make(text="", options=None, **variables):
        path = tmp_path / "my.conf"
        if text:
            path.write_text(text, encoding="utf-8")
        environ = {"HOME": str(tmp_path), **variables}
        return path, FileKeeper(options or {}, environ, str(path), {"days": "--days"}, clock)

    return make


def test_options_and_variables_are_fixed_and_the_rest_is_saved(keep):
    path, keeper = keep(
        "# mine\nchannel=2.1\nhour=3\n", {"days": "3"}, GRACENOTE_POSTAL="90210", GRACENOTE_HOUR=""
    )
    changed = []
    keeper.changed = lambda: changed.append(1)
    assert keeper.fixed() == {
        "days": "the option --days",
        "postal_code": "the variable GRACENOTE_POSTAL",
    }
    before = keeper.stamp
    keeper.save({"channels": "4.1,5.1", "tvh_password": "a#b", "days": "3", "hour": ""})
    assert (changed, keeper.stamp != before) == ([1], True)
    assert path.read_text(encoding="utf-8").startswith("# mine\n")
    assert keeper.texts() == {
        **{"days": "3", "postal_code": "90210"},
        **{"channels": "4.1,5.1", "tvh_password": "a#b"},
    }
    with pytest.raises(SettingError, match=r"changing the option --days, which comes first"):
        keeper.save({"days": "4", "profile": "plex"})
    assert (changed, "profile" in keeper.texts()) == ([1], False)


def test_mistakes_are_collected_and_do_not_keep_others_from_being_saved(keep):
    path, keeper = keep("days=99\ncolour=red\nprofile=plex\nhour=25\n")
    reading = keeper.read()
    assert [row.name for row in reading.mistakes] == ["the key 'colour'", "days", "hour"]
    assert (reading.config.days, reading.config.profile) == (7, "plex")
    with pytest.raises(GrabError, match="colour"):
        keeper.config({})
    keeper.save({"days": "9"})
    assert keeper.read().config.days == 9
    with pytest.raises(SettingError, match=r"hour: '26' \(from the page\)"):
        keeper.save({"hour": "26", "days": "8"})
    assert keeper.texts()["days"] == "9"
    assert "colour=red" in path.read_text(encoding="utf-8")


def test_a_file_that_is_missing_is_made_and_one_that_cannot_be_read_is_a_mistake(keep, addon):
    path, keeper = keep()
    assert (keeper.read().mistakes, keeper.fixed()) == ([], {})
    keeper.save({"postal_code": "90210"})
    assert keeper.config({}).postal_code == "90210"
    path.write_bytes(b"\xff\xfe")
    assert "Cannot read" in str(keeper.read().mistakes[0])
    with pytest.raises(OutputError, match="cannot be read"):
        keeper.save({"days": "3"})
    addon("<")
    assert len(keeper.read().mistakes) == 2
