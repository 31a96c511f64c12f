"""What people see in their players, by a model of each; docs/players.md shows all of it."""

from players import channels, jellyfin, table


def test_each_player_shows_what_a_person_should_see():
    assert table.differences() == []


def test_live_is_shown_where_a_player_knows_it_and_the_user_wants_it():
    for player in (jellyfin, channels):
        rows = table.programmes_in(player, table.style(player.PROFILE)._replace(live=True))
        found = [name for name, row in rows.items() if "live" in row.seen["marks"]]
        assert found == ["live talk show", "live game", "live sports talk"]


def test_each_channel_shows_its_station():
    assert table.wrong_links() == []


def test_a_programme_is_known_again_and_two_are_not_taken_for_one():
    assert table.wrong_items() == []
