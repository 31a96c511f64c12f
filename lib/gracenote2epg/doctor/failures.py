"""The checks from the source to the screen, and every diagnosis with its remedy.

docs/doctor.md is generated from this module. The checks fill in ``{…}``: {run} and {again} with
how this face does that. Remedies name Tvheadend's pages as its menus do.
"""

from typing import Dict, NamedTuple, Tuple, Type

from .. import errors
from ..errors import Sentence
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
# What a remedy asks for, as on the command line.
RUN = Sentence("how_to_run", "run gracenote2epg")
_MODULES = "Configuration, Channel / EPG, EPG Grabber Modules (view level Advanced)"
CHANNELS_PAGE = "Configuration, Channel / EPG, EPG Grabber Channels (view level Expert)"
_PRESS = "press 'Re-run Internal EPG Grabbers'"
AGAIN = Sentence("how_to_grab", f"{_PRESS} in {_MODULES}")  # with a socket, RUN instead
AGAIN_THERE = Sentence("how_to_grab_there", f"{_PRESS} in EPG Grabber Modules")
_FIRST_RUN = (
    "To fetch it, {run}, or wait until Tvheadend or the add-on does. If one of them already has,"
    " run the doctor as the same user and with the same settings"
)
_DAILY = "Make sure that a run starts every day: by cron, --serve, the add-on, or Tvheadend's cron"
_TWICE = "twice: the first time only links the channels, the second one fills the guide"

_SOURCE = (
    Diagnosis(
        AFFILIATE if row.check == AFFILIATE.name else SOURCE, row.name, row.symptom, row.remedy
    )
    for row in SOURCE_FAILURES.values()
)
_DIAGNOSES = (
    Diagnosis(LINEUP, "lineup",
        "Gracenote has nothing for the lineup {lineup} ({detail})",
        "Choose a lineup of your postal code: --find-lineups and the add-on list them. If it is"
        " one of them, the affiliate id may be refused: see the setting affiliate"),
    Diagnosis(STATIONS, "no stations",
        "The lineup {lineup} exists, but is empty ({detail})",
        "Choose another one: --find-lineups and the add-on show how many stations each has"),
    Diagnosis(LISTINGS, "no run", "No run has fetched the guide yet", _FIRST_RUN),
    Diagnosis(LISTINGS, "holes",
        "{hours} hours of the next 24 are missing",
        "To fetch what is missing, {run} again. Hours that the source does not have yet come with"
        " a later run"),
    Diagnosis(FILE, "no file", "There is no guide at {path}", _FIRST_RUN),
    Diagnosis(FILE, "unreadable",
        "The guide {path} cannot be read ({detail})",
        "Run the doctor as the user who writes it, or make it and its folders readable"),
    Diagnosis(FILE, "no guide",
        "{path} is not an XMLTV guide",
        "Another program writes there: choose another path for the guide (the setting output)"),
    Diagnosis(FILE, "cut",
        "The guide {path} is truncated: it does not end with </tv>",
        "Check whether the disk is full and whether another program writes there; then delete the"
        " file and {run} again"),
    Diagnosis(FRESHNESS, "over", "The guide ended {end}; it was made {made}", _DAILY),
    Diagnosis(FRESHNESS, "thin", "The guide ends {end}; it was made {made}", _DAILY),
    Diagnosis(FRESHNESS, "old", "The guide was made {made}", _DAILY),
    Diagnosis(MODULE, "not there",
        "Tvheadend does not know the grabber",
        "Put a link to tv_grab_gracenote2epg into a folder of Tvheadend's PATH, such as"
        " /usr/local/bin, make it executable, and restart Tvheadend: it looks for grabbers only"
        f" when it starts. Then enable it in {_MODULES}, and save; then {{again_there}} {_TWICE}"),
    Diagnosis(MODULE, "off",
        "Tvheadend knows the grabber, but it is disabled",
        f"Enable '{{title}}' in {_MODULES}, and save; then {{again_there}} {_TWICE}"),
    Diagnosis(MODULE, "socket off",
        "The guide goes to a socket of Tvheadend, but 'External: XMLTV' is disabled",
        f"Enable it in {_MODULES}, and save; then {{run}} {_TWICE}"),
    Diagnosis(MODULE, "not pushed",
        "'{title}' is enabled, but has not received this guide",
        f"To send it, {{run}} {_TWICE}"),
    Diagnosis(MODULE, "socket",
        "Only '{title}' is enabled, and it has not received this guide",
        "Enable this grabber instead, or send the guide to that socket: docs/tvheadend.md"),
    Diagnosis(LINKS, "no channels",
        "Tvheadend has no channels",
        "Set them up there: scan the networks, then map the services to channels. Then"
        f" {{again}} {_TWICE}"),
    Diagnosis(LINKS, "channels off",
        "All {count} channels of Tvheadend are disabled",
        "Enable them in Configuration, Channel / EPG, Channels, and save; then {again_there}"
        f" {_TWICE}"),
    Diagnosis(LINKS, "not run",
        "Tvheadend has not received this guide yet",
        f"To fetch it, {{again}} {_TWICE}. Within 2 minutes of its start, Tvheadend waits with it."
        " If the doctor then says this again, Tvheadend's log has lines with"
        " 'spawn: gracenote2epg:' that tell why: mostly, the grabber was set up by another user"
        " than Tvheadend's"),
    Diagnosis(LINKS, "other guide",
        "Tvheadend's channels are linked to another guide than {path}",
        "If Tvheadend's grabber makes another guide, run the doctor as its user and with its"
        f" settings. If the setting channel_id was changed, {{again}} {_TWICE}"),
    Diagnosis(LINKS, "not linked",
        "None of Tvheadend's {channels} channels is linked to {sources}",
        "Give its channels the names or numbers of the stations and set 'Channel numbers"
        f" (heuristic)' of the grabber to 'First word', or link them by hand in {CHANNELS_PAGE};"
        " then grab twice"),
    Diagnosis(LINKS, "links off",
        "The EPG sources of these channels are disabled in Tvheadend: {names}",
        f"Enable them in {CHANNELS_PAGE}, and save; then {{again_there}} {_TWICE}"),
    Diagnosis(LINKS, "automap off",
        "These channels are not linked, and Tvheadend may not do it by itself: {names}",
        "Switch on their 'Automatically map EPG source' in Configuration, Channel / EPG, Channels,"
        f" and save; then {{again_there}} {_TWICE}"),
    Diagnosis(LINKS, "two sources",
        "These channels have two sources each, whose programmes replace each other's: {links}",
        f"In {CHANNELS_PAGE}, take each channel out of the source that is not its own, or disable"
        " that source, and save; then {again_there}"),
    Diagnosis(LINKS, "old link",
        "These channels are linked to stations that are not theirs in the guide: {old}",
        f"Take them out of those sources in {CHANNELS_PAGE}, and save. Then"
        " {again_there}{new}"),
    Diagnosis(LINKS, "unlinked",
        "These channels match stations of the guide and are not linked: {names}",
        f"To link them by their names, {{first}}{{again}} {_TWICE}. Those that the doctor then"
        f" names again have to be linked by hand in {CHANNELS_PAGE}: {{links}}. To name a channel"
        " no more: --assign 'CHANNEL=-'"),
    Diagnosis(EVENTS, "other programmes",
        "These channels show the programmes of another grabber, {module}: {names}",
        f"In {_MODULES.replace('Advanced', 'Expert')}, set the Priority of '{{title}}' to"
        " {priority}: with equal ones the older programmes stay. Save; then {again_there}"),
    Diagnosis(EVENTS, "no events",
        "The channels are linked, but none has a programme",
        "The first grab only links the channels, the second one fills the guide: {again}"),
)  # fmt: skip
FAILURES: Dict[str, Diagnosis] = {row.name: row for row in (*_SOURCE, *_DIAGNOSES)}

# By diagnosis, those of other checks that explain it, and are reported instead of it.
_NOT_FETCHED = ("not there", "off", "socket off", "not run")
CAUSES: Dict[str, Tuple[str, ...]] = {
    **dict.fromkeys(("no run", "no file", "over", "thin", "old"), _NOT_FETCHED),
    "holes": ("over", "old", *_NOT_FETCHED),
}
