"""What can be broken between the source and the screen: how it shows, and its cure.

The doctor's vocabulary; docs/doctor.md is generated from it. ``{…}`` is filled in with what was
seen. Cures name Tvheadend's pages as its menus do.
"""

from typing import Dict, NamedTuple, Tuple, Type

from .. import errors
from ..gracenote.failures import SOURCE_FAILURES

FIRST_CODE = 20  # the exit code is this and the number of the step


class Check(NamedTuple):
    """One link of the chain from the source to the screen."""

    number: int
    name: str
    title: str
    asks: str


class Diagnosis(NamedTuple):
    """A way in which a step can be broken."""

    step: Check
    name: str
    saw: str
    cure: str


CHECKS = tuple(
    Check(number, *words)
    for number, words in enumerate(
        (
            ("source", "Source", "Does Gracenote answer?"),
            ("affiliate", "Affiliate", "Does it accept the affiliate id that we ask with?"),
            ("lineup", "Lineup", "Does it know the postal code and the lineup?"),
            ("stations", "Stations", "Does the lineup have the chosen stations?"),
            ("listings", "Listings", "Are the listings of the next 24 hours stored?"),
            ("file", "Guide file", "Is there a guide, and is it whole?"),
            ("freshness", "Freshness", "Is it new, and does it reach far enough?"),
            ("tvheadend", "Tvheadend", "Does Tvheadend answer?"),
            ("module", "Grabber module", "Is the grabber known and enabled there?"),
            ("links", "Channel links", "Are its channels linked to the guide's?"),
            ("events", "Events", "Do the linked channels have programmes?"),
        ),
        1,
    )
)
(
    SOURCE,
    AFFILIATE,
    LINEUP,
    STATIONS,
    LISTINGS,
    FILE,
    FRESHNESS,
    TVHEADEND,
    MODULE,
    LINKS,
    EVENTS,
) = CHECKS

# The errors of a run that break a step speak for themselves.
ERRORS_BY_CHECK: Dict[Check, Tuple[Type[errors.GrabError], ...]] = {
    LINEUP: (errors.NotConfigured, errors.SettingError, errors.LineupNotFound),
    STATIONS: (
        errors.ChannelError,
        errors.PlaylistError,
        errors.PlayerHasNoChannels,
        errors.NoChannelMatches,
    ),
    FILE: (errors.OutputError, errors.StoreCorrupted),
    TVHEADEND: (
        errors.TvheadendUnreachable,
        errors.NotTvheadend,
        errors.TvheadendLogin,
        errors.TvheadendForbidden,
    ),
}
_RUN = (
    "Run gracenote2epg, or wait until Tvheadend or the add-on does. If one of them has: look as the"
    " same user, with the same settings"
)
_DAILY = (
    "See that a run is started each day: by cron, --serve, the add-on, or Tvheadend's cron field"
)
_MODULES = "Configuration, Channel / EPG, EPG Grabber Modules"
_AGAIN = f"press 'Re-run Internal EPG Grabbers' in {_MODULES}"

FAILURES: Dict[str, Diagnosis] = {
    row.name: row
    for row in (
        *(
            Diagnosis(
                AFFILIATE if row.check == AFFILIATE.name else SOURCE,
                row.name,
                row.symptom,
                row.remedy,
            )
            for row in SOURCE_FAILURES.values()
        ),
        Diagnosis(
            LINEUP,
            "lineup",
            "Gracenote has nothing for the lineup {lineup} ({detail})",
            "Choose one of those that your postal code has: --find-lineups and the add-on show"
            " them. Where that is the very one, the affiliate id may be refused: see the setting"
            " affiliate",
        ),
        Diagnosis(
            STATIONS,
            "no stations",
            "The lineup {lineup} is there, but empty ({detail})",
            "Choose another one: --find-lineups and the add-on show how many stations each has",
        ),
        Diagnosis(LISTINGS, "no run", "No run has fetched the guide yet", _RUN),
        Diagnosis(
            LISTINGS,
            "holes",
            "{hours} hours of the next 24 are missing{last}",
            "Run gracenote2epg again: it asks for what is missing. What the source does not have"
            " comes later by itself",
        ),
        Diagnosis(FILE, "no file", "There is no guide {path}{last}", _RUN),
        Diagnosis(
            FILE,
            "unreadable",
            "The guide {path} cannot be read ({detail})",
            "Look as the user who writes it, or let all read it and its folders",
        ),
        Diagnosis(
            FILE,
            "no guide",
            "{path} is no guide",
            "Another program writes there: give the guide another place (the setting output)",
        ),
        Diagnosis(
            FILE,
            "cut",
            "The guide {path} is cut off: it does not end with </tv>",
            "Look whether the disk is full and whether another program writes there; then delete"
            " the file and run gracenote2epg again",
        ),
        Diagnosis(
            FRESHNESS,
            "over",
            "The guide ended {ago}; it was made {made}{last}",
            _DAILY,
        ),
        Diagnosis(
            FRESHNESS,
            "thin",
            "The guide ends in {ahead}; it was made {made}{last}",
            _DAILY,
        ),
        Diagnosis(
            FRESHNESS,
            "old",
            "The guide was made {made}{last}",
            _DAILY,
        ),
        Diagnosis(
            MODULE,
            "not there",
            "Tvheadend does not know the grabber",
            "Put tv_grab_gracenote2epg where Tvheadend's own user finds it, such as /usr/bin, make"
            " it executable, and restart Tvheadend: it looks for grabbers only when it starts",
        ),
        Diagnosis(
            MODULE,
            "off",
            "Tvheadend knows the grabber, but it is switched off",
            f"Enable '{{title}}' in {_MODULES}, and save",
        ),
        Diagnosis(
            MODULE,
            "socket",
            "Of the grabbers only '{title}' is enabled, and nothing of this guide has come to it",
            "Enable this grabber instead, or send the guide to that socket: docs/tvheadend.md",
        ),
        Diagnosis(
            LINKS,
            "no channels",
            "Tvheadend has no channels",
            "Set them up there first: scan the networks, then map the services to channels",
        ),
        Diagnosis(
            LINKS,
            "not run",
            "Tvheadend has not had this guide yet",
            f"To have it, {_AGAIN} (2 minutes after a start at the earliest), twice: the first"
            " grab only links the channels, the second one fills the guide",
        ),
        Diagnosis(
            LINKS,
            "not linked",
            "None of Tvheadend's {channels} channels is linked to {sources}",
            "Give its channels the names or numbers of the stations and set 'Channel numbers"
            " (heuristic)' of the grabber to 'First word', or link them by hand in Configuration,"
            " Channel / EPG, EPG Grabber Channels; then grab twice",
        ),
        Diagnosis(
            LINKS,
            "links off",
            "The guide's {count} channels are switched off in Tvheadend",
            "Enable them in Configuration, Channel / EPG, EPG Grabber Channels; then grab again",
        ),
        Diagnosis(
            EVENTS,
            "no events",
            "The channels are linked, but none has a programme",
            f"The first grab only links the channels, the second one fills the guide: {_AGAIN}"
            " once more, or wait for the next grab",
        ),
    )
}
