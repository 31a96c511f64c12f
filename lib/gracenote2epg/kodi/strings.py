"""The add-on's texts in Kodi's language, which resources/language has by number.

In a text, ``{…}`` is one of the values that the code gives; else another text, a setting's label,
or Kodi's own text of that number: {action_run_now}, {tvh_url}, {kodi_24001}.
"""

import functools
import os
import re
import time
from typing import TYPE_CHECKING, Any, Dict, Iterable

import xbmc
import xbmcaddon

from ..config.settings import ADDON_ID
from ..errors import GrabError, Sentence
from ..util.files import REASONS
from ..util.format import Moment, Names

if TYPE_CHECKING:
    from ..doctor.report import DoctorReport

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
30561 iptv_waiting iptv_no_playlist iptv_changing iptv_looking
30566 iptv_names
30567 tvheadend_help
30569 diagnosing reading
30571 status_idle status_next status_guide
30575 status_made status_no_guide
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
30768 station_hours station_without station_lacks changes since_before nothing_broken
30774 code_for_changes
30820 guide_ends guide_ended error_PortInUse settings_lost
30824 ask_earlier earlier_yes earlier_no channels_keep channels_playlist ask_playlist
30830 tonight_is_right mark_hd mark_en mark_fr mark_es
30880 page_code reason_disk_full reason_permission reason_read_only reason_not_there
30885 error_Stopped
32001 stations_one iptv_not_asked_one thousands cure_SettingError cure_NotConfigured
32006 cure_ChannelError cure_SourceUnreachable cure_RequestRefused cure_LineupNotFound
32010 cure_SourceUnavailable cure_Incomplete cure_EmptyGuide cure_WorseGuide cure_CooldownActive
32015 cure_TvheadendUnreachable cure_NotTvheadend cure_TvheadendLogin cure_TvheadendForbidden
32019 cure_PlaylistError cure_PlayerHasNoChannels cure_NoChannelMatches cure_OutputError
32023 cure_InputFileError cure_StoreCorrupted cure_AlreadyRunning cure_MissingDependency
32027 cure_AffiliateRefused cure_BackupNotFound cure_GuideNotFound cure_PortInUse error_no_name
32032 cure_no_name error_connection_refused cure_connection_refused error_tls cure_tls error_proxy
32038 cure_proxy error_slow cure_slow error_portal cure_portal cure_rate_limited error_blocked
32045 cure_blocked error_moved error_outage error_changed cure_changed check_source
32051 check_affiliate check_lineup check_stations check_listings check_file check_freshness
32057 check_module check_links check_events verdict_well verdict_unchecked how_to_run tvh_modules
32064 tvh_channels how_to_grab how_to_grab_there tvh_twice and_link seen_source_answers
32070 seen_source_answered seen_limited cure_limited seen_not_probed seen_in_progress
32075 seen_answered_last seen_refused_before seen_since seen_affiliate_replaced
32079 cure_affiliate_replaced seen_affiliate_accepted seen_affiliate_unknown seen_lineup_known
32083 cure_lineup_known seen_lineup_unchecked seen_no_station_known seen_some_stations
32087 seen_list_kept seen_list_short seen_no_lineup seen_listings_stored seen_file_complete
32092 seen_no_complete_guide seen_fresh seen_made seen_no_data_dir seen_last_failed
32098 seen_no_tvheadend seen_tvheadend_answers seen_grabbers_hidden
32101 cure_grabbers_hidden seen_grabbers cure_grabbers seen_grabber_enabled seen_guide_through
32106 seen_linked seen_none_linked seen_filled cure_filled seen_but_not seen_iptv_disabled
32112 seen_iptv_no_list cure_iptv_no_list seen_iptv_no_guide cure_iptv_no_guide seen_iptv_other
32117 seen_iptv_too_early seen_iptv_reads seen_iptv_empty cure_iptv_empty seen_iptv_shows
32122 seen_not_asked cure_not_asked seen_not_in_the_guide cure_not_in_the_guide
32126 seen_lineup_unsaved error_lineup cure_lineup error_no_stations cure_no_stations error_no_run
32132 error_holes cure_holes error_no_file error_unreadable cure_unreadable error_no_guide
32138 cure_no_guide error_cut cure_cut error_over cure_over error_thin error_old error_not_there
32146 cure_not_there error_off cure_off error_socket_off cure_socket_off error_not_pushed
32152 cure_not_pushed error_socket cure_socket error_no_channels cure_no_channels
32157 error_channels_off cure_channels_off error_not_run cure_not_run error_other_guide
32162 cure_other_guide error_not_linked cure_not_linked error_links_off cure_links_off
32167 error_automap_off cure_automap_off error_two_sources cure_two_sources error_old_link
32172 cure_old_link error_unlinked cure_unlinked error_other_programmes cure_other_programmes
32177 error_no_events cure_no_events check_iptv_simple
32180 heading
32181 set_up as_code as_text fetch_support no_such_code error_SettingError_refused
32187 seen_iptv_first iptv_damaged all_saved ask_again again cure_OutputError_full
"""
# Those that say the same.
_SAME = """
action_tonight=tonight
check_tvheadend=player_tvheadend
cure_affiliate=cure_AffiliateRefused
cure_iptv_other=cure_iptv_no_guide
cure_lineup_unsaved=cure_NotConfigured
cure_moved=cure_AffiliateRefused
cure_no_file=cure_GuideNotFound
cure_no_network=cure_SourceUnreachable
cure_no_run=cure_GuideNotFound
cure_old=cure_over
cure_outage=cure_SourceUnavailable
cure_thin=cure_over
error_affiliate=error_AffiliateRefused
error_no_network=error_SourceUnreachable
error_rate_limited=error_RequestRefused
seen_all_stations=stations
seen_all_stations_one=stations_one
"""
STRINGS: Dict[str, int] = {
    name: number
    for first, *names in map(str.split, _TABLE.strip().splitlines())
    for number, name in enumerate(names, int(first))
}
STRINGS.update(
    (name, STRINGS[other]) for name, other in (pair.split("=") for pair in _SAME.split())
)


def localize(name: str, /, **values: object) -> str:
    """The text of that name, filled in; "" once Kodi has unloaded the add-on.

    A text that has another form for one has it under the name with ``_one``, chosen by ``count``.
    """
    if values.get("count") == 1 and f"{name}_one" in STRINGS:
        name = f"{name}_one"
    try:
        text = str(_addon().getLocalizedString(STRINGS[name]))
    except RuntimeError:
        return ""
    return text.format_map(_Words({name: _in_words(value) for name, value in values.items()}))


class _Words(Dict[str, str]):
    """What fills in a text."""

    def __missing__(self, name: str) -> str:
        if name.startswith("kodi_"):
            return str(xbmc.getLocalizedString(int(name[len("kodi_") :])))
        if name == "addon_name":
            return str(_addon().getAddonInfo("name"))
        return localize(name) if name in STRINGS else setting_label(name)


def _in_words(value: object) -> str:
    if isinstance(value, Sentence):
        return say(value)
    if isinstance(value, Moment):
        return day_and_time(value.at, value.now)
    if isinstance(value, Names):
        more = len(value.names) - value.limit
        listed = ", ".join(value.names[: value.limit])
        return f"{listed} {localize('more', count=more)}" if more > 0 else listed
    return number(value) if isinstance(value, (int, float)) else str(value)


def number(value: float) -> str:
    """In the language's figures: with a sign between thousands, from 10,000 on."""
    whole, _, decimals = (f"{value:,}" if abs(value) > 9999 else f"{value:g}").partition(".")
    between = localize("thousands")
    point = "." if between == "," else ","
    return point.join(filter(None, (whole.replace(",", between), decimals)))


def setting_label(name: str) -> str:
    """What the page of settings calls a setting; its name, if it is not there."""
    label = _labels().get(name)
    return str(_addon().getLocalizedString(label)) if label else name


@functools.lru_cache(maxsize=None)
def _labels() -> Dict[str, int]:
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), *[".."] * 3))
    with open(os.path.join(root, "resources", "settings.xml"), encoding="utf-8") as file:
        found = re.findall(r'<setting id="(\w+)" type="\w+" label="(\d+)"', file.read())
    return {name: int(number) for name, number in found}


@functools.lru_cache(maxsize=None)
def _addon() -> Any:
    """Cached, because Kodi unloads an add-on that is disabled or replaced before it stops its code.

    Texts do not change meanwhile, unlike settings.
    """
    return xbmcaddon.Addon(ADDON_ID)


def say(sentence: Sentence) -> str:
    """A sentence of the library in Kodi's language; in English, if it is not for viewers."""
    if sentence.name not in STRINGS:
        return str(sentence)
    values, name = dict(sentence.values), sentence.name
    if name == "error_SettingError" and not values.get("value"):
        name = "error_SettingError_refused"
    if "setting" in values:
        values["setting"] = setting_label(str(values["setting"]))
    reason = REASONS.get(str(values.get("detail")).split(":")[0])
    if reason == "reason_disk_full" and name == "cure_OutputError":
        name = "cure_OutputError_full"
    if reason and sentence.name.startswith("error_"):  # before the path, which may be long
        for place in {"path", "name"} & set(values):
            values[place] = f"{localize(reason)} ({values[place]})"
    return localize(name, **values)


def describe_error(error: GrabError) -> str:
    """What happened, in one sentence."""
    return say(error.said)


def say_all(sentences: Iterable[Sentence]) -> str:
    return " ".join(f"{say(sentence)}." for sentence in sentences)


def verdict(report: "DoctorReport") -> str:
    """What the doctor says of all checks when none is broken."""
    is_whole = all(finding.state == "ok" for finding in report.findings)
    return localize("verdict_well" if is_whole else "verdict_unchecked")


def day_and_time(at: float, now: float) -> str:
    """A time as people say it: the time of day, and the day unless it is today."""
    days, text = _day_number(at) - _day_number(now), time_of_day(at)
    if not days:
        return text
    if days in (1, -1):
        return localize("tomorrow" if days == 1 else "yesterday", at=text)
    # Without the year: it is never far, and a row of a list has little room.
    date = re.sub(r"\W?%Y\W?", "", xbmc.getRegion("dateshort")) or "%m-%d"
    return time.strftime(f"{date} ", time.localtime(at)) + text


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
