"""The add-on's texts in Kodi's language, which resources/language has by number."""

import functools
import re
import time
from typing import Any, Dict

import xbmc
import xbmcaddon

from ..config.settings import ADDON_ID
from ..errors import GrabError

# Each line: the number of its first text, then the names of consecutive texts.
_TABLE = """
30151 action_set_up action_iptv_simple action_doctor action_run_now action_status action_page
30157 action_support action_reset action_choose_playlist
30501 title action_settings yes no later back stay leave save switch_on
30511 greeting ask_back_or_leave ask_country country_USA country_CAN ask_zip ask_postal_code
30518 bad_zip bad_postal_code looking_for_lineups
30521 ask_lineup kind_OTA kind_CABLE kind_SATELLITE stations looking_at_tonight nothing_tonight
30529 ask_channels channels_all
30531 channels_by_hand channels_iptv channels_hdhomerun channels_tvheadend ask_hdhomerun
30536 ask_tvh_url ask_tvh_username ask_tvh_password bad_address comparing
30541 none_matches no_channel ask_player player_iptv_simple player_tvheadend player_file
30547 player_tvheadend_more player_file_more iptv_version iptv_missing
30551 iptv_install ask_configuration file_own file_folder file_same ask_confirm
30557 continues_in_background tonight ask_iptv iptv_done
30561 iptv_waiting iptv_no_playlist iptv_changing iptv_looking iptv_shows iptv_names
30567 tvheadend_help
30569 diagnosing reading
30571 status_idle status_next status_guide status_until status_made status_no_guide
30577 status_history status_ok status_run page_off
30581 page_local page_network ask_reset reset_done support_done bug phase_lineup phase_guide
30589 phase_details phase_writing
30591 phase_waiting tomorrow yesterday
30596 error_SettingError
30597 error_NotConfigured error_ChannelError error_SourceUnreachable error_RequestRefused
30601 error_LineupNotFound error_SourceUnavailable error_Incomplete error_EmptyGuide
30605 error_WorseGuide error_CooldownActive error_TvheadendUnreachable error_NotTvheadend
30609 error_TvheadendLogin error_TvheadendForbidden
30611 error_PlaylistError error_PlayerHasNoChannels error_NoChannelMatches error_OutputError
30615 error_InputFileError error_StoreCorrupted error_AlreadyRunning
30619 error_MissingDependency iptv_no_channels
30621 iptv_not_asked mark_all mark_none
30640 status_grade
30641 advice_unknown advice_over advice_old advice_missing advice_beyond advice_holes advice_tba
30648 advice_details_off advice_details_left advice_description
30651 advice_number advice_picture advice_stale error_AffiliateRefused
30656 error_BackupNotFound error_GuideNotFound comparing_guides status_changes status_changed
30661 change_new change_moved change_retitled change_gone station_new station_gone more
30760 open_page leave_page any_key guide_good guide_short guide_failed guide_over advice
30768 station_hours station_without station_lacks changes since_before
30820 guide_ends guide_ended error_PortInUse settings_lost
30824 ask_earlier earlier_yes earlier_no channels_keep channels_playlist ask_playlist
30830 tonight_is_right mark_hd mark_en mark_fr mark_es
"""
STRINGS: Dict[str, int] = {
    name: number
    for first, *names in map(str.split, _TABLE.strip().splitlines())
    for number, name in enumerate(names, int(first))
}


def localize(name: str, **values: object) -> str:
    """The text of that name, with its values filled in; "" once Kodi has unloaded the add-on."""
    try:
        text = str(_addon().getLocalizedString(STRINGS[name]))
    except RuntimeError:
        return ""
    return text.format(**values) if values else text


@functools.lru_cache(maxsize=None)
def _addon() -> Any:
    """Cached, because Kodi unloads an add-on that is disabled or replaced before it stops its code.

    Texts do not change meanwhile, unlike settings.
    """
    return xbmcaddon.Addon(ADDON_ID)


def describe_error(error: GrabError) -> str:
    """What happened, in one sentence; names and values in it stay English."""
    name = f"error_{type(error).__name__}"
    return localize(name, what=error.what) if name in STRINGS else error.what


def day_and_time(at: float, now: float) -> str:
    """A time as people say it: the time of day, and the day unless it is today."""
    days, text = _day_number(at) - _day_number(now), time_of_day(at)
    if not days:
        return text
    if days in (1, -1):
        return localize("tomorrow" if days == 1 else "yesterday", at=text)
    return time.strftime("%Y-%m-%d ", time.localtime(at)) + text


def time_of_day(at: float) -> str:
    """As Kodi writes it in the user's region: 21:03 or 9:03 PM."""
    # Kodi returns "%I%I" for regions that write nine as 09.
    region = xbmc.getRegion("time").replace("%I%I", "%I")
    time_format = re.sub(r"\W?%S", "", region) or "%H:%M"
    text = time.strftime(time_format, time.localtime(at))
    return text.lstrip("0") if time_format.startswith("%I") else text


def _day_number(at: float) -> int:
    """A number that grows by one each local day. at: seconds since the epoch."""
    local = time.localtime(at)
    return int(time.mktime((*local[:3], 12, 0, 0, 0, 0, -1)) // 86400)
