"""What the viewer sees: states of Tvheadend, the diagnosis of each, and its cure to the letter."""

import time

import pytest

from gracenote2epg.doctor.tvheadend_checks import KnownGuide
from support.builders import HOUR
from support.diagnosis import OURS, SOCKET, STATIONS, TITLE, report_of
from support.fake_tvheadend import TvhStandIn

OTHER = "/usr/bin/tv_grab_zap2epg"


class Home:
    """A Tvheadend with three channels, and a grabber that makes our guide."""

    def __init__(self, tvh, now):
        self.tvh, self.now, self.stations, self.assigned = tvh, now, list(STATIONS), {}
        self.names = dict.fromkeys(STATIONS, ())  # further names of the stations
        self.two, self.four, self.five = (
            tvh.channel(row.station.call_sign, row.station.numbers[0]) for row in STATIONS.values()
        )
        self.module = tvh.module(TITLE, path=OURS, guide=self.text)
        self.changes = {}

    def text(self, suffix="gracenote2epg"):
        """The guide of six hours, as tv_grab_gracenote2epg prints it."""
        lines = []
        for key in self.stations:
            row = STATIONS[key].station
            number = row.numbers[0]
            names = (row.call_sign, f"{number} {row.call_sign}", number, *self.names[key])
            shown = "".join(f"<display-name>{name}</display-name>" for name in names)
            lines.append(f'<channel id="{key}.{suffix}">{shown}</channel>')
        for key in self.stations:
            for hour in range(6):
                start, stop = (
                    time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(self.now + at * HOUR))
                    for at in (hour, hour + 1)
                )
                lines.append(
                    f'<programme start="{start}" stop="{stop}" channel="{key}.{suffix}"><title>It'
                    '</title><episode-num system="dd_progid">EP09000100.0017</episode-num>'
                    "</programme>"
                )
        return f"<tv>{''.join(lines)}</tv>"

    def old_grabber(self, enabled=True):
        return self.tvh.module(
            "Internal: XMLTV: zap2epg", enabled, OTHER, lambda: self.text("zap2epg")
        )

    def push(self, times=1):
        for _ in range(times):
            self.tvh.receive("xmltv", self.text())

    def source(self, key):
        return next(row for row in self.tvh.sources if row["id"] == f"{key}.gracenote2epg")

    def link(self, key, channel):
        self.tvh.link(self.source(key), channel)

    def unlink(self, key, channel):
        self.tvh.unlink(self.source(key), channel)

    def doctor(self):
        ids = {f"{key}.gracenote2epg" for key in self.stations}
        guide = KnownGuide(tuple(STATIONS.values()), self.assigned, "xmltv.xml", ids)
        return report_of(self.tvh, guide=guide, now=self.now, **self.changes)


def unknown(home):
    home.module, _ = dict(home.module), home.tvh.modules.clear()


def disabled(home):
    home.module["status"] = "epggrabmodNone"


def enable_and_grab(home):
    home.tvh.modules[:] = [home.module]
    home.tvh.enable(home.module)
    home.tvh.grab(2)


def no_channels(home):
    home.tvh.channels.clear()


def numbered(home):
    """Names that the guide does not have, and numbers that count only on demand."""
    for channel in home.tvh.channels:
        channel["name"] = f"Channel {channel['number']}"
    home.tvh.grab(2)


def first_word(home):
    home.tvh.first_word = True
    home.tvh.grab(2)


def by_hand(home):
    for channel in home.tvh.channels:
        channel["epgauto"] = False
    home.tvh.grab(2)


def one_by_hand(home):
    home.four["epgauto"] = False
    home.tvh.grab(2)


def let_it_link(home):
    for channel in home.tvh.channels:
        home.tvh.save_channel(channel, epgauto=True)
    home.tvh.grab(2)


def one_source_off(home):
    home.tvh.grab(2)
    home.tvh.save_source(home.source("20462"), enabled=False)


def all_sources_off(home):
    home.tvh.grab(2)
    for source in home.tvh.sources:
        home.tvh.save_source(source, enabled=False)


def sources_on(home):
    for source in home.tvh.sources:
        home.tvh.save_source(source, enabled=True)
    home.tvh.grab(2)


def all_channels_off(home):
    for channel in home.tvh.channels:
        channel["enabled"] = False


def channels_on(home):
    for channel in home.tvh.channels:
        home.tvh.save_channel(channel, enabled=True)
    home.tvh.grab(2)


def one_number(home):
    """Two stations have one number: the channel gets both."""
    home.names["20463"] = ("2.1",)
    home.tvh.channels.remove(home.five)
    first_word(home)


def out_of_the_other(home):
    home.unlink("20463", home.two)
    home.tvh.grab()


def odd_name(home):
    home.tvh.save_channel(home.two, name="Two on it", number=9)


def assigned(home):
    """Linked by hand, then given another station; the guide has both."""
    odd_name(home)
    home.tvh.grab()
    home.link("20461", home.two)
    home.tvh.grab()
    home.assigned = {"Two on it": "20462"}


def assigned_in_a_filtered_guide(home):
    assigned(home)
    home.stations.remove("20461")


def link_in_its_place(home):
    home.unlink("20461", home.two)
    home.tvh.grab()
    home.link("20462", home.two)
    home.tvh.grab()


def gone(home):
    """The source has no such station any more."""
    home.tvh.grab(2)
    home.stations.remove("20461")


def odd_names(home):
    home.tvh.save_channel(home.two, name="WZAA HD", number="2.1")
    home.tvh.grab(2)


def names_in_the_guide(home):
    odd_names(home)
    home.names["20461"] = ("WZAA HD",)


def after_the_old_grabber(home):
    home.old_grabber()["status"] = "epggrabmodNone"
    home.tvh.enable(home.tvh.modules[-1])
    home.module["status"] = "epggrabmodNone"
    home.tvh.grab(2)
    home.tvh.enable(home.module)
    home.tvh.grab(2)
    home.tvh.modules[-1]["status"] = "epggrabmodNone"
    home.tvh.grab(2)


def higher(home):
    home.tvh.fields[home.module["uuid"]]["priority"] = 4
    home.tvh.grab()


def moved(home):
    """Tvheadend forgets the sources of a program that is gone, and keeps its programmes."""
    home.tvh.grab(2)
    home.tvh.modules.remove(home.module)
    home.tvh.fields.clear()
    for source in home.tvh.sources:
        home.tvh.save_source(source, enabled=False)
    home.tvh.sources.clear()
    home.module = home.tvh.module(TITLE, path=f"/opt{OURS}", guide=home.text)
    home.tvh.grab()


def silent(home):
    """Its grabber has no settings: these are another user's."""
    home.tvh.guides[OURS] = str
    home.tvh.grab(2)


def set_up_and_grab(home):
    home.tvh.guides[OURS] = home.text
    home.tvh.grab(2)


def borrowing(home):
    """The HD channel shows the programmes of its SD twin."""
    home.tvh.channel("WZAA HD", "2.2", epg_parent=home.two["uuid"])
    home.tvh.grab(2)


def only_its_number(home):
    home.tvh.save_channel(home.two, name="Mystery", number="2.1")
    home.tvh.grab(2)


def socket_off(home):
    home.changes = {"output": "unix:/var/lib/epggrab/xmltv.sock"}
    home.tvh.modules.clear()
    home.module = home.tvh.module(SOCKET, False, "/var/lib/epggrab/xmltv.sock")


def not_pushed(home):
    socket_off(home)
    home.tvh.enable(home.module)


def pushed_once(home):
    """By a container, whose settings are not here."""
    not_pushed(home)
    home.changes = {}
    home.push()


def enable_and_push(home):
    home.tvh.enable(home.module)
    home.push(2)


def other_ids(home):
    """The setting channel_id was another."""
    home.tvh.guides[OURS] = lambda: home.text("zap2it")
    home.tvh.grab(2)
    home.tvh.guides[OURS] = home.text


def nothing(home):
    pass


def grab(home):
    home.tvh.grab()


def grab_twice(home):
    home.tvh.grab(2)


STATES = (
    # How it comes to be, the first diagnosis, what the remedy says, and what its reader does.
    (grab_twice, None, "", nothing),
    (unknown, "not there", "restart Tvheadend", enable_and_grab),
    (disabled, "off", f"Enable '{TITLE}'", enable_and_grab),
    (nothing, "not run", "spawn: gracenote2epg:", grab_twice),
    (silent, "not run", "another user than Tvheadend's", set_up_and_grab),
    (grab, "no events", "Re-run", grab),
    (borrowing, None, "3 of 3 channels are linked", nothing),
    (only_its_number, None, "2 of 3 channels are linked. The others: Mystery", nothing),
    (no_channels, "no channels", "scan", lambda home: (Home.__init__(home, home.tvh, home.now),
                                                       home.tvh.grab(2))),
    (all_channels_off, "channels off", "Enable them", channels_on),
    (numbered, "not linked", "First word", first_word),
    (by_hand, "automap off", "Automatically map EPG source", let_it_link),
    (one_by_hand, "automap off", "Automatically map EPG source", let_it_link),
    (all_sources_off, "links off", "view level Expert", sources_on),
    (one_source_off, "links off", "view level Expert", sources_on),
    (one_number, "two sources", "take each channel out", out_of_the_other),
    (assigned, "old link", "Two on it -> 20462 (WZBBDT)", link_in_its_place),
    (assigned_in_a_filtered_guide, "old link", "Two on it -> 20462", link_in_its_place),
    (gone, "old link", "Take them out", lambda home: home.unlink("20461", home.two)),
    (other_ids, "other guide", "channel_id", grab_twice),
    (odd_names, "unlinked", "WZAA HD -> 20461 (WZAADT)",
     lambda home: (home.tvh.grab(2), home.link("20461", home.two), home.tvh.grab())),
    (names_in_the_guide, "unlinked", "twice", grab_twice),
    (after_the_old_grabber, "other programmes", f"Priority of '{TITLE}' to 4", higher),
    (moved, "no events", "Re-run", grab),
    (socket_off, "socket off", "run gracenote2epg", enable_and_push),
    (pushed_once, "no events", "one fills the guide: run gracenote2epg", Home.push),
    (not_pushed, "not pushed", "run gracenote2epg", enable_and_push),
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "name", "words", "cure"), STATES, ids=[row[0].__name__ for row in STATES]
)
def test_each_state_has_a_diagnosis_whose_remedy_cures_it(clock, state, name, words, cure):
    with TvhStandIn("none") as tvh:
        home = Home(tvh, int(clock.now()))
        state(home)
        report = home.doctor()
        assert (report.broken and report.broken.name, words in report.text()) == (name, True)
        cure(home)
        assert home.doctor().diagnosis == "All is well."
