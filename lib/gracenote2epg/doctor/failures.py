"""The checks from the source to the screen, and every diagnosis with its remedy.

docs/doctor.md is generated from this module. The checks fill in ``{…}``. Remedies name Tvheadend's
pages as its menus do.
"""

from typing import Dict, NamedTuple, Tuple, Type

from .. import errors
from ..gracenote.failures import SOURCE_FAILURES

FIRST_CODE = 20  # exit code = this + the number of the first broken check


class Check(NamedTuple):
    """One link of the chain from the source to the screen."""

    number: int
    name: str
    title: str
    question: str


class Diagnosis(NamedTuple):
    """A way in which a check can fail."""

    check: Check
    name: str
    symptom: str
    remedy: str


CHECKS = (
    Check(1, "source", "Source", "Does Gracenote answer?"),
    Check(2, "affiliate", "Affiliate", "Does it accept our affiliate id?"),
    Check(3, "lineup", "Lineup", "Does it know the postal code and the lineup?"),
    Check(4, "stations", "Stations", "Does the lineup have the chosen stations?"),
    Check(5, "listings", "Listings", "Are the listings of the next 24 hours stored?"),
    Check(6, "file", "Guide file", "Is there a guide, and is it complete?"),
    Check(7, "freshness", "Freshness", "Is it recent, and does it reach far enough?"),
    Check(8, "tvheadend", "Tvheadend", "Does Tvheadend answer?"),
    Check(9, "module", "Grabber module", "Does it know the grabber, and is it enabled?"),
    Check(10, "links", "Channel links", "Are its channels linked to the guide's?"),
    Check(11, "events", "Events", "Do the linked channels have programmes?"),
)
SOURCE, AFFILIATE, LINEUP, STATIONS, LISTINGS, FILE, FRESHNESS = CHECKS[:7]
TVHEADEND, MODULE, LINKS, EVENTS = CHECKS[7:]

# Errors that carry their own symptom and remedy.
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
    "Run gracenote2epg, or wait until Tvheadend or the add-on does. If one of them already has,"
    " run the doctor as the same user and with the same settings"
)
_DAILY = "Make sure that a run starts every day: by cron, --serve, the add-on, or Tvheadend's cron"
_MODULES = "Configuration, Channel / EPG, EPG Grabber Modules"
_CHANNELS = "Configuration, Channel / EPG, EPG Grabber Channels"
_AGAIN = f"press 'Re-run Internal EPG Grabbers' in {_MODULES}"

_SOURCE = (
    Diagnosis(
        AFFILIATE if row.check == AFFILIATE.name else SOURCE, row.name, row.symptom, row.remedy
    )
    for row in SOURCE_FAILURES.values()
)
_DIAGNOSES = (
    Diagnosis(
        LINEUP,
        "lineup",
        "Gracenote has nothing for the lineup {lineup} ({detail})",
        "Choose a lineup of your postal code: --find-lineups and the add-on list them. If it is"
        " one of them, the affiliate id may be refused: see the setting affiliate",
    ),
    Diagnosis(
        STATIONS,
        "no stations",
        "The lineup {lineup} exists, but is empty ({detail})",
        "Choose another one: --find-lineups and the add-on show how many stations each has",
    ),
    Diagnosis(LISTINGS, "no run", "No run has fetched the guide yet", _RUN),
    Diagnosis(
        LISTINGS,
        "holes",
        "{hours} hours of the next 24 are missing{last}",
        "Run gracenote2epg again: it fetches what is missing. Hours that the source does not have"
        " yet come with a later run",
    ),
    Diagnosis(FILE, "no file", "There is no guide at {path}{last}", _RUN),
    Diagnosis(
        FILE,
        "unreadable",
        "The guide {path} cannot be read ({detail})",
        "Run the doctor as the user who writes it, or make it and its folders readable",
    ),
    Diagnosis(
        FILE,
        "no guide",
        "{path} is not an XMLTV guide",
        "Another program writes there: choose another path for the guide (the setting output)",
    ),
    Diagnosis(
        FILE,
        "cut",
        "The guide {path} is truncated: it does not end with </tv>",
        "Check whether the disk is full and whether another program writes there; then delete the"
        " file and run gracenote2epg again",
    ),
    Diagnosis(FRESHNESS, "over", "The guide ended {ago}; it was made {made}{last}", _DAILY),
    Diagnosis(FRESHNESS, "thin", "The guide ends in {ahead}; it was made {made}{last}", _DAILY),
    Diagnosis(FRESHNESS, "old", "The guide was made {made}{last}", _DAILY),
    Diagnosis(
        MODULE,
        "not there",
        "Tvheadend does not know the grabber",
        "Put a link to tv_grab_gracenote2epg into a folder of Tvheadend's PATH, such as"
        " /usr/local/bin, make it executable, and restart Tvheadend: it looks for grabbers only"
        " when it starts",
    ),
    Diagnosis(
        MODULE,
        "off",
        "Tvheadend knows the grabber, but it is disabled",
        f"Enable '{{title}}' in {_MODULES}, and save",
    ),
    Diagnosis(
        MODULE,
        "socket",
        "Only '{title}' is enabled, and it has not received this guide",
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
        "Tvheadend has not received this guide yet",
        f"To fetch it, {_AGAIN} (2 minutes after a start at the earliest), twice: the first grab"
        " only links the channels, the second one fills the guide",
    ),
    Diagnosis(
        LINKS,
        "not linked",
        "None of Tvheadend's {channels} channels is linked to {sources}",
        "Give its channels the names or numbers of the stations and set 'Channel numbers"
        f" (heuristic)' of the grabber to 'First word', or link them by hand in {_CHANNELS}; then"
        " grab twice",
    ),
    Diagnosis(
        LINKS,
        "links off",
        "The guide's {count} channels are disabled in Tvheadend",
        f"Enable them in {_CHANNELS}; then grab again",
    ),
    Diagnosis(
        EVENTS,
        "no events",
        "The channels are linked, but none has a programme",
        f"The first grab only links the channels, the second one fills the guide: {_AGAIN} once"
        " more, or wait for the next grab",
    ),
)
FAILURES: Dict[str, Diagnosis] = {row.name: row for row in (*_SOURCE, *_DIAGNOSES)}
