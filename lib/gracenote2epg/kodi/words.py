"""What the user reads, in Kodi's language: resources/language has the texts by these numbers."""

import time
from typing import Dict

import xbmcaddon

from ..config import ADDON_ID
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
    "no_channel": 30532,
    "ask_way": 30533,
    "way_iptv_simple": 30534,
    "way_tvheadend": 30535,
    "way_file": 30536,
    "way_tvheadend_more": 30537,
    "way_file_more": 30538,
    "iptv_version": 30539,
    "iptv_missing": 30540,
    "iptv_install": 30541,
    "ask_target": 30542,
    "file_own": 30543,
    "file_folder": 30544,
    "file_same": 30545,
    "ask_confirm": 30546,
    "goes_on": 30547,
    "tonight": 30548,
    "ask_iptv": 30549,
    "iptv_done": 30550,
    "iptv_backup": 30551,
    "iptv_no_playlist": 30552,
    "iptv_changing": 30553,
    "iptv_looking": 30554,
    "iptv_shows": 30555,
    "iptv_shows_nothing": 30556,
    "tvheadend_help": 30557,
    "ask_doctor": 30558,
    "examining": 30559,
    "reading": 30560,
    "status_idle": 30561,
    "status_next": 30562,
    "status_guide": 30563,
    "status_until": 30564,
    "status_made": 30565,
    "status_no_guide": 30566,
    "status_history": 30567,
    "status_well": 30568,
    "status_run": 30569,
    "page_off": 30570,
    "page_here": 30571,
    "page_home": 30572,
    "ask_reset": 30573,
    "reset_done": 30574,
    "support_done": 30575,
    "bug": 30576,
    "phase_lineup": 30577,
    "phase_guide": 30578,
    "phase_details": 30579,
    "phase_writing": 30580,
    "phase_wall": 30581,
    "tomorrow": 30582,
    "yesterday": 30583,
    "guide_ends": 30584,
    "guide_ended": 30585,
    "error_SettingError": 30586,
    "error_NothingChosen": 30587,
    "error_ChannelError": 30588,
    "error_NoNetwork": 30589,
    "error_Refused": 30590,
    "error_NoLineup": 30591,
    "error_BadSource": 30592,
    "error_Incomplete": 30593,
    "error_EmptyGuide": 30594,
    "error_WorseGuide": 30595,
    "error_OutputError": 30596,
    "error_DataError": 30597,
    "error_StoreDamaged": 30598,
    "error_Busy": 30599,
    "error_PortTaken": 30600,
    "error_MissingModule": 30601,
    "channels_iptv": 30602,
    "channels_hdhomerun": 30603,
    "channels_tvheadend": 30604,
    "ask_hdhomerun": 30605,
    "bad_address": 30606,
    "asking_player": 30607,
    "no_match": 30608,
    "error_PlayerError": 30609,
    "error_TvhUnreachable": 30610,
    "error_NotTvheadend": 30611,
    "error_TvhLogin": 30612,
    "error_TvhForbidden": 30613,
    "error_PlaylistError": 30614,
    "error_NoChannels": 30615,
    "error_NoMatch": 30616,
    "error_Resting": 30617,
    "error_UsageError": 30618,
}


def say(name: str, **values: object) -> str:
    """The text of that name, with its values filled in."""
    text = str(xbmcaddon.Addon(ADDON_ID).getLocalizedString(STRINGS[name]))
    return text.format(**values) if values else text


def failure(error: GrabError) -> str:
    """What happened, in one sentence; names and values as the engine says them, in English."""
    name = f"error_{type(error).__name__}"
    return say(name, what=error.what) if name in STRINGS else error.what


def moment(at: float, now: float) -> str:
    """A moment of these days as people say it: the time, and the day unless it is today."""
    clock = time.strftime("%H:%M", time.localtime(at))
    days = _day(at) - _day(now)
    if not days:
        return clock
    if days == 1:
        return say("tomorrow", at=clock)
    if days == -1:
        return say("yesterday", at=clock)
    return time.strftime("%Y-%m-%d ", time.localtime(at)) + clock


def _day(at: float) -> int:
    """The local day's number."""
    local = time.localtime(at)
    return int(time.mktime((*local[:3], 12, 0, 0, 0, 0, -1)) // 86400)
