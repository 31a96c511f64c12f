"""Every way to fail: what happened, what to do about it, and the exit code it ends with.

The tree follows who can act: the user on a setting, the user or time on the source, the user on the
disk. Only ``cli.main`` and the Kodi service catch GrabError; docs/errors.md is generated from here.
"""

import time
from typing import Iterable, Iterator, Optional


class GrabError(Exception):
    """A failure the user can act on; ``str()`` says what happened, then what to do."""

    exit_code = 1

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what, advice)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}."


class Incomplete(GrabError):
    """The guide was published as far as there is one, but hours of it are missing: the source did
    not give them, or the run's budget ended first."""

    exit_code = 1


class SettingError(GrabError):
    """A setting has a value that it cannot have; nothing was asked and nothing was changed."""

    exit_code = 2

    def __init__(self, name: str, value: object, origin: str, allowed: str) -> None:
        given = f"{name}: {value!r} (from {origin}) is not allowed"
        super().__init__(given if value != "" else f"{name} is not set", f"Allowed: {allowed}")


class UsageError(GrabError):
    """The command line has an option that there is not, or two that exclude each other."""

    exit_code = 2

    def __init__(self, program: str, message: str) -> None:
        super().__init__(message, f"Usage: {program} [options]; --help has them all")


class NotConfigured(GrabError):
    """There is no postal code and no lineup, so there is nothing to grab."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "No postal code and no lineup is set",
            "Set a postal code, your own, or a lineup: by --postal 90210, GRACENOTE_POSTAL_CODE, or"
            " the add-on's set-up",
        )


class ChannelError(GrabError):
    """A chosen channel matches no station, or several."""

    exit_code = 2

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__(
            "Channels: " + "; ".join(problems),
            "Name the stations by id, such as 19629, which --list-stations shows, or choose them in"
            " the add-on's set-up",
        )


class MissingDependency(GrabError):
    """A Python package that this one needs is not installed."""

    exit_code = 10

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The Python package {name} is missing",
            "Install what is needed: pip install requests xmltodict defusedxml (Debian: apt install"
            " python3-requests python3-xmltodict python3-defusedxml; Kodi: the add-ons"
            " script.module.requests, .xmltodict and .defusedxml)",
        )


def os_error_text(error: Exception) -> str:
    """Why a file cannot be read or written: what the system says, without its number and path."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


class SourceError(GrabError):
    """The source, or the way to it, does not give what was asked.

    Whoever knows more fills it in; what nobody knows is not said. Seconds since the epoch.
    """

    exit_code = 3
    since = 0.0  # when it began; 0.0 = just now, or not known
    guide_end: Optional[float] = None  # where the guide that is kept ends; 0.0 = there is none
    now = 0.0  # when that was looked up: it may be over
    not_before = 0.0  # until then a grabber asks nothing
    next_try = 0.0  # as it is planned

    def __str__(self) -> str:
        return f"{self.what}{''.join(self._known())}. {self.advice}."

    def _known(self) -> Iterator[str]:
        if self.since:
            yield f", since {format_time(self.since)}"
        if self.guide_end:
            ends = " and ends" if self.guide_end > self.now else ", but ended"
            yield f"; your guide is kept{ends} {format_time(self.guide_end)}"
        elif self.guide_end is not None:
            yield "; there is no guide yet"
        if self.not_before:
            yield f"; nothing is asked before {_clock(self.not_before)}"
        if self.next_try:
            yield f"; next try {_clock(self.next_try)}"


class SourceUnreachable(SourceError):
    """The source cannot be reached from here."""


class RequestRefused(SourceError):
    """The source throttles or blocks this address."""

    exit_code = 4


class CooldownActive(SourceError):
    """The source refused a short while ago, so a grabber does not ask it yet."""

    exit_code = 4

    def __init__(self, what: str, until: float) -> None:
        super().__init__(what, "Wait until then")
        self.not_before = until


class LineupNotFound(SourceError):
    """The source knows no lineup for what was asked."""

    exit_code = 5

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Gracenote has no lineup for {what}",
            "Check the postal code and the lineup; where they are right, the source may refuse the"
            " affiliate id: see the setting affiliate",
        )


class AffiliateRefused(SourceError):
    """The source accepts no affiliate id that is known, so it refuses everybody who asks as we
    do."""

    exit_code = 5


class SourceUnavailable(SourceError):
    """The source has an outage of its own, has moved, or answers with something else than
    listings."""

    exit_code = 5


class EmptyGuide(GrabError):
    """A guide without a station or a programme is an error, never a file."""

    exit_code = 6

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"There is nothing to write: {detail}",
            "Check the settings channels, days and lineup; the guide you have is kept",
        )


class WorseGuide(GrabError):
    """The new guide is clearly smaller than the published one."""

    exit_code = 6

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The new guide is worse than the published one ({detail}), so that one is kept",
            "Run again later; if the smaller guide is right, give --force once, or lower the"
            " setting worse_below",
        )


class GuideNotFound(GrabError):
    """There is no guide, or none that we published, so there is nothing to report of it."""

    exit_code = 6

    def __init__(self, path: str) -> None:
        super().__init__(
            f"There is no guide at {path} that was published from here",
            "Grab one first, or say where it is (the settings output, data_dir)",
        )


class BackupNotFound(GrabError):
    """There is no earlier guide to go back to or to compare with, or none of that day."""

    exit_code = 6

    def __init__(self, path: str, date: str, there: Iterable[str]) -> None:
        listed = ", ".join(there)
        super().__init__(
            f"There is no {'backup of ' + date if date else 'older backup'} of {path}",
            f"There are: {listed}" if listed else "One is kept each day that a guide is made",
        )


class OutputError(GrabError):
    """The guide cannot be written where it shall go."""

    exit_code = 7

    def __init__(self, path: str, detail: str, advice: Optional[str] = None) -> None:
        super().__init__(
            f"Cannot write {path} ({detail})",
            advice
            or "Choose another place (the settings output, data_dir), or make that one writable;"
            " nothing was lost",
        )


class InputFileError(GrabError):
    """A file that the user or another program wrote cannot be read."""

    exit_code = 7

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"Cannot read {path} ({detail})", "Mend the file, or name another one")


class StoreCorrupted(GrabError):
    """The file of stored answers is damaged; a run sets it aside and begins a new one."""

    exit_code = 7

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(
            f"The store {path} is damaged ({detail})",
            "Run again: it begins a new one; the guide you have is kept",
        )


class PlayerError(GrabError):
    """A player's list of its channels cannot be had, and none is remembered."""

    exit_code = 9


class TvheadendUnreachable(PlayerError):
    """Nothing answers at Tvheadend's address."""

    def __init__(self, address: str, detail: str) -> None:
        super().__init__(
            f"Tvheadend at {address} cannot be reached ({detail})",
            "Check that it runs, and tvh_url: the address of its web page, such as"
            " http://127.0.0.1:9981",
        )


class NotTvheadend(PlayerError):
    """Something answers at Tvheadend's address, but not as Tvheadend does."""

    def __init__(self, address: str, detail: str) -> None:
        super().__init__(
            f"{address} does not answer as Tvheadend does ({detail})",
            "Set tvh_url to the address of its web page, with its http_root when it has one",
        )


class TvheadendLogin(PlayerError):
    """Tvheadend wants a user name and a password, or other ones."""

    def __init__(self, address: str, user: str) -> None:
        what = f"does not accept the user {user} with this password" if user else "wants a user"
        super().__init__(
            f"Tvheadend at {address} {what} (HTTP 401)",
            "Set tvh_username and tvh_password to those of a user in its Configuration, Users",
        )


class TvheadendForbidden(PlayerError):
    """Tvheadend's user may not do what is asked. A wrong password looks the same there."""

    def __init__(self, address: str, user: str, asked: str) -> None:
        who = f"the user {user}" if user else "everybody"
        super().__init__(
            f"Tvheadend at {address} denies {asked} to {who} (HTTP 403)",
            "Check tvh_password; among its access entries the user needs the right 'Web"
            " interface', and 'Admin' for all about EPG grabbers",
        )


class PlaylistError(PlayerError):
    """channels_from gives no list of channels."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(
            f"No channels can be read from {name} ({detail})",
            "Set channels_from to an m3u playlist or an HDHomeRun: a file, or its http address",
        )


class PlayerHasNoChannels(PlayerError):
    """A player has no channels yet."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no channels", "Set them up there first, then run again")


class NoChannelMatches(PlayerError):
    """None of a player's channels matches a station, so that its guide would be empty."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"There is nothing to write: {detail}",
            "Check the lineup; see --match and --assign, or choose the stations in the add-on's"
            " set-up; the guide you have is kept",
        )


class AlreadyRunning(GrabError):
    """Another run is at work on the same data directory."""

    exit_code = 8

    def __init__(self, data_dir: str) -> None:
        super().__init__(
            f"Another run is at work in {data_dir}",
            "Wait for it to end; its guide will be the one you want",
        )


class PortInUse(GrabError):
    """The page cannot be served on its port."""

    exit_code = 8

    def __init__(self, port: int, detail: str) -> None:
        super().__init__(
            f"Port {port} cannot be had ({detail})",
            "Another program has it, or another --serve; choose one with --monitoring-port",
        )


class Stopped(GrabError):
    """The run was asked to stop; everything received is kept."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("Stopped", "Run again to go on from here: what has arrived is kept")


def format_time(at: float) -> str:
    """A moment as the sentences here name it, in local time: "Tue 24 Nov 21:40"."""
    return time.strftime("%a %d %b %H:%M", time.localtime(at))


def _clock(at: float) -> str:
    return time.strftime("%H:%M", time.localtime(at))
