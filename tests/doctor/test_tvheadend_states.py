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

    def doctor(self):
        ids = {f"{key}.gracenote2epg" for key in self.stations}
        guide = KnownGuide(tuple(STATIONS.values()), self.assigned, "xmltv.xml", ids)
        return report_of(self.tvh, guide=guide, now=self.now, **self.changes)


# Steps: what the user of this home does, or what happens there


def grab(home):
    home.tvh.grab()


def push(home):
    home.tvh.receive("xmltv", home.text())


def channel(which, **changes):
    return lambda home: home.tvh.save_channel(getattr(home, which), **changes)


def channels(**changes):
    return lambda home: [home.tvh.save_channel(row, **changes) for row in home.tvh.channels]


def sources(key="", **changes):
    """Saves the source of this station, or all of them."""
    return lambda home: [home.tvh.save_source(row, **changes)
                         for row in home.tvh.sources if row["id"].startswith(key)]  # fmt: skip


def link(key, which, step="link"):
    def change(home):
        (source,) = (row for row in home.tvh.sources if row["id"] == f"{key}.gracenote2epg")
        getattr(home.tvh, step)(source, getattr(home, which))

    return change


def unlink(key, which):
    return link(key, which, "unlink")


def module(status):
    return lambda home: home.module.update(status=f"epggrabmod{status}")


def prints(make):
    """From now on the grabber prints what ``make`` makes."""
    return lambda home: home.tvh.guides.update({OURS: lambda: make(home)})


def also_named(key, name):
    return lambda home: home.names.update({key: (name,)})


def loses_a_station(home):
    home.stations.remove("20461")


def no_module(home):
    home.tvh.modules.clear()


def first_word(home):
    home.tvh.first_word = True


def set_up(home):
    home.tvh.channels.clear()
    Home.__init__(home, home.tvh, home.now)


def numbers_for_names(home):
    for row in home.tvh.channels:
        row["name"] = f"Channel {row['number']}"


def one_channel_less(home):
    home.tvh.channels.remove(home.five)


def assign(home):
    home.assigned = {"Two on it": "20462"}


def old_grabber(home):
    """It brought programmes, and is disabled now."""
    old = home.tvh.module("Internal: XMLTV: zap2epg", True, OTHER, lambda: home.text("zap2epg"))
    home.module["status"] = "epggrabmodNone"
    home.tvh.grab(2)
    home.tvh.enable(home.module)
    home.tvh.grab(2)
    old["status"] = "epggrabmodNone"
    home.tvh.grab(2)


def priority(home):
    home.tvh.fields[home.module["uuid"]]["priority"] = 4


def moved(home):
    """Tvheadend forgets the sources of a program that is gone, and keeps its programmes."""
    home.tvh.modules.remove(home.module)
    home.tvh.fields.clear()
    sources(enabled=False)(home)
    home.tvh.sources.clear()
    home.module = home.tvh.module(TITLE, path=f"/opt{OURS}", guide=home.text)


def borrow(home):
    """The HD channel shows the programmes of its SD twin."""
    home.tvh.channel("WZAA HD", "2.2", epg_parent=home.two["uuid"])


def socket(home):
    home.tvh.modules.clear()
    home.module = home.tvh.module(SOCKET, False, "/var/lib/epggrab/xmltv.sock")


def our_output_is_it(home):
    home.changes = {"output": "unix:/var/lib/epggrab/xmltv.sock"}


TWICE = (grab, grab)
ENABLE = (module("Enabled"), *TWICE)
# Linked by hand, then given another station; the guide has both.
ASSIGNED = (channel("two", name="Two on it", number=9), grab, link("20461", "two"), grab, assign)
LINK_ANOTHER = (unlink("20461", "two"), grab, link("20462", "two"), grab)
PUSHED = (module("Enabled"), push, push)
STATES = (
    # How it comes to be, the first diagnosis, what the remedy says, and what its reader does.
    (TWICE, None, "", ()),
    ((no_module,), "not there", "restart Tvheadend",
     (lambda home: home.tvh.modules.append(home.module), *TWICE)),
    ((module("None"),), "off", f"Enable '{TITLE}'", ENABLE),
    ((), "not run", "spawn: gracenote2epg:", TWICE),
    # Its grabber has no settings: these are another user's.
    ((prints(lambda home: ""), *TWICE), "not run", "another user than Tvheadend's",
     (prints(Home.text), *TWICE)),
    ((grab,), "no events", "Re-run", (grab,)),
    ((borrow, *TWICE), None, "3 of 3 channels are linked", ()),
    ((channel("two", name="Mystery", number="2.1"), *TWICE), None,
     "2 of 3 channels are linked. The others: Mystery", ()),
    ((lambda home: home.tvh.channels.clear(),), "no channels", "scan", (set_up, *TWICE)),
    ((channels(enabled=False),), "channels off", "Enable them", (channels(enabled=True), *TWICE)),
    # Names that the guide does not have, and numbers that count only on demand
    ((numbers_for_names, *TWICE), "not linked", "First word", (first_word, *TWICE)),
    ((channels(epgauto=False), *TWICE), "automap off", "Automatically map EPG source",
     (channels(epgauto=True), *TWICE)),
    ((channel("four", epgauto=False), *TWICE), "automap off", "Automatically map EPG source",
     (channels(epgauto=True), *TWICE)),
    ((*TWICE, sources(enabled=False)), "links off", "view level Expert",
     (sources(enabled=True), *TWICE)),
    ((*TWICE, sources("20462", enabled=False)), "links off", "view level Expert",
     (sources(enabled=True), *TWICE)),
    # Two stations have one number: the channel gets both.
    ((also_named("20463", "2.1"), one_channel_less, first_word, *TWICE), "two sources",
     "take each channel out", (unlink("20463", "two"), grab)),
    (ASSIGNED, "old link", "Two on it -> 20462 (WZBBDT)", LINK_ANOTHER),
    ((*ASSIGNED, loses_a_station), "old link", "Two on it -> 20462", LINK_ANOTHER),
    ((*TWICE, loses_a_station), "old link", "Take them out", (unlink("20461", "two"),)),
    # The setting channel_id was another.
    ((prints(lambda home: home.text("zap2it")), *TWICE, prints(Home.text)), "other guide",
     "channel_id", TWICE),
    ((channel("two", name="WZAA HD", number="2.1"), *TWICE), "unlinked",
     "WZAA HD -> 20461 (WZAADT)", (*TWICE, link("20461", "two"), grab)),
    ((channel("two", name="WZAA HD", number="2.1"), *TWICE, also_named("20461", "WZAA HD")),
     "unlinked", "twice", TWICE),
    ((old_grabber,), "other programmes", f"Priority of '{TITLE}' to 4", (priority, grab)),
    ((*TWICE, moved, grab), "no events", "Re-run", (grab,)),
    ((socket, our_output_is_it), "socket off", "run gracenote2epg", PUSHED),
    # By a container, whose settings are not here
    ((socket, module("Enabled"), push), "no events", "one fills the guide: run gracenote2epg",
     (push,)),
    ((socket, our_output_is_it, module("Enabled")), "not pushed", "run gracenote2epg", PUSHED),
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "name", "words", "cure"), STATES, ids=[f"{row[1]}: {row[2]}" for row in STATES]
)
def test_each_state_has_a_diagnosis_whose_remedy_cures_it(clock, state, name, words, cure):
    with TvhStandIn("none") as tvh:
        home = Home(tvh, int(clock.now()))
        for step in state:
            step(home)
        report = home.doctor()
        assert (report.broken and report.broken.name, words in report.text()) == (name, True)
        for step in cure:
            step(home)
        assert home.doctor().diagnosis == "All is well."
