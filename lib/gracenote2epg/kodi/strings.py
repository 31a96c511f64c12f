"""What the user reads, in Kodi's language: resources/language has the texts by these numbers."""

import functools
import re
import time
from typing import Any, Dict

import xbmc
import xbmcaddon

from ..config.settings import ADDON_ID
from ..errors import GrabError

STRINGS: Dict[str, int] = {
    "action_set_up": 30151,
    "action_iptv_simple": 30152,
    "action_doctor": 30153,
    "action_run_now": 30154,
    "action_status": 30155,
    "action_page": 30156,
    "action_support": 30157,
    "action_reset": 30158,
    "title": 30501,
    "action_settings": 30502,
    "yes": 30503,
    "no": 30504,
    "later": 30505,
    "back": 30506,
    "stay": 30507,
    "leave": 30508,
    "save": 30509,
    "switch_on": 30510,
    "greeting": 30511,
    "where_to": 30512,
    "ask_country": 30513,
    "country_USA": 30514,
    "country_CAN": 30515,
    "ask_zip": 30516,
    "ask_postal_code": 30517,
    "bad_zip": 30518,
    "bad_postal_code": 30519,
    "looking_for_lineups": 30520,
    "ask_lineup": 30521,
    "kind_OTA": 30522,
    "kind_CABLE": 30523,
    "kind_SATELLITE": 30524,
    "stations": 30525,
    "looking_at_tonight": 30526,
    "nothing_tonight": 30527,
    "ask_preview": 30528,
    "ask_channels": 30529,
    "channels_all": 30530,
    "channels_pick": 30531,
    "channels_iptv": 30532,
    "channels_hdhomerun": 30533,
    "channels_tvheadend": 30534,
    "ask_hdhomerun": 30535,
    "ask_tvh_url": 30536,
    "ask_tvh_username": 30537,
    "ask_tvh_password": 30538,
    "bad_address": 30539,
    "comparing": 30540,
    "none_matches": 30541,
    "no_channel": 30542,
    "ask_way": 30543,
    "way_iptv_simple": 30544,
    "way_tvheadend": 30545,
    "way_file": 30546,
    "way_tvheadend_more": 30547,
    "way_file_more": 30548,
    "iptv_version": 30549,
    "iptv_missing": 30550,
    "iptv_install": 30551,
    "ask_target": 30552,
    "file_own": 30553,
    "file_folder": 30554,
    "file_same": 30555,
    "ask_confirm": 30556,
    "goes_on": 30557,
    "tonight": 30558,
    "ask_iptv": 30559,
    "iptv_done": 30560,
    "iptv_backup": 30561,
    "iptv_no_playlist": 30562,
    "iptv_changing": 30563,
    "iptv_looking": 30564,
    "iptv_shows": 30565,
    "iptv_names": 30566,
    "tvheadend_help": 30567,
    "ask_doctor": 30568,
    "examining": 30569,
    "reading": 30570,
    "status_idle": 30571,
    "status_next": 30572,
    "status_guide": 30573,
    "status_until": 30574,
    "status_made": 30575,
    "status_no_guide": 30576,
    "status_history": 30577,
    "status_well": 30578,
    "status_run": 30579,
    "page_off": 30580,
    "page_here": 30581,
    "page_home": 30582,
    "ask_reset": 30583,
    "reset_done": 30584,
    "support_done": 30585,
    "bug": 30586,
    "phase_lineup": 30587,
    "phase_guide": 30588,
    "phase_details": 30589,
    "phase_writing": 30590,
    "phase_wall": 30591,
    "tomorrow": 30592,
    "yesterday": 30593,
    "guide_ends": 30594,
    "guide_ended": 30595,
    "error_SettingError": 30596,
    "error_NotConfigured": 30597,
    "error_ChannelError": 30598,
    "error_SourceUnreachable": 30599,
    "error_RequestRefused": 30600,
    "error_LineupNotFound": 30601,
    "error_SourceUnavailable": 30602,
    "error_Incomplete": 30603,
    "error_EmptyGuide": 30604,
    "error_WorseGuide": 30605,
    "error_CooldownActive": 30606,
    "error_TvheadendUnreachable": 30607,
    "error_NotTvheadend": 30608,
    "error_TvheadendLogin": 30609,
    "error_TvheadendForbidden": 30610,
    "error_PlaylistError": 30611,
    "error_PlayerHasNoChannels": 30612,
    "error_NoChannelMatches": 30613,
    "error_OutputError": 30614,
    "error_InputFileError": 30615,
    "error_StoreCorrupted": 30616,
    "error_AlreadyRunning": 30617,
    "error_MissingDependency": 30619,
    "iptv_no_channels": 30620,
    "status_grade": 30640,
    "advice_unknown": 30641,
    "advice_over": 30642,
    "advice_old": 30643,
    "advice_missing": 30644,
    "advice_beyond": 30645,
    "advice_holes": 30646,
    "advice_tba": 30647,
    "advice_details_off": 30648,
    "advice_details_left": 30649,
    "advice_description": 30650,
    "advice_number": 30651,
    "advice_picture": 30652,
    "advice_stale": 30653,
    "error_AffiliateRefused": 30654,
    "since": 30655,
    "error_BackupNotFound": 30656,
    "error_GuideNotFound": 30657,
    "comparing_guides": 30658,
    "status_changes": 30659,
    "status_changed": 30660,
    "change_new": 30661,
    "change_moved": 30662,
    "change_retitled": 30663,
    "change_gone": 30664,
    "station_new": 30665,
    "station_gone": 30666,
    "more": 30667,
}


def say(name: str, **values: object) -> str:
    """The text of that name, with its values filled in; "" when Kodi knows the add-on no more."""
    try:
        text = str(_addon().getLocalizedString(STRINGS[name]))
    except RuntimeError:
        return ""
    return text.format(**values) if values else text


@functools.lru_cache(maxsize=None)
def _addon() -> Any:
    """The add-on, asked for once: Kodi lets go of one that is disabled or replaced before it stops
    what runs of it. Its texts do not age, as settings do."""
    return xbmcaddon.Addon(ADDON_ID)


def failure(error: GrabError) -> str:
    """What happened, in one sentence; names and values as the engine says them, in English."""
    name = f"error_{type(error).__name__}"
    return say(name, what=error.what) if name in STRINGS else error.what


def moment(at: float, now: float) -> str:
    """A moment of these days as people say it: the time, and the day unless it is today."""
    days = _day(at) - _day(now)
    if not days:
        return clock(at)
    if days == 1:
        return say("tomorrow", at=clock(at))
    if days == -1:
        return say("yesterday", at=clock(at))
    return time.strftime("%Y-%m-%d ", time.localtime(at)) + clock(at)


def clock(at: float) -> str:
    """The time of day as Kodi writes it in the user's region: 21:03 or 9:03 PM."""
    # Kodi makes "%I%I" of the regions that write 09 for nine.
    form = xbmc.getRegion("time").replace("%I%I", "%I")
    minutes = re.sub(r"\W?%S", "", form) or "%H:%M"
    text = time.strftime(minutes, time.localtime(at))
    return text.lstrip("0") if minutes.startswith("%I") else text


def _day(at: float) -> int:
    """The local day's number."""
    local = time.localtime(at)
    return int(time.mktime((*local[:3], 12, 0, 0, 0, 0, -1)) // 86400)
