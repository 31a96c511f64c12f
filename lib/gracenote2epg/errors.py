"""All errors: what happened, what to do about it, and the exit code.

They are grouped by who can act: the user on a setting, the source or time, the user on the disk.
Only the faces show GrabError. docs/errors.md is generated from here.
"""

import errno
import time
from typing import Any, ClassVar, Iterable, Iterator, Mapping, NamedTuple, Optional


class Sentence(NamedTuple):
    """What a user is told, without its full stop: ``str()`` is the English one; a face in another
    language has its own under the same name, and fills in the same values."""

    name: str
    english: str
    values: Mapping[str, object] = {}

    def __str__(self) -> str:
        return self.english.format_map(self.values) if self.values else self.english

    def __hash__(self) -> int:
        return hash((self.name, self.english))


class GrabError(Exception):
    """A failure that the user can act on; ``str()`` is what happened, then what to do.

    said, cure: the same as sentences, filled in with the values. kind: in their names, if not the
    class's.
    """

    exit_code: ClassVar[int] = 1

    def __init_subclass__(cls, exit_code: Optional[int] = None) -> None:
        cls.exit_code = exit_code or cls.exit_code

    def __init__(self, what: str, advice: str, kind: str = "", /, **values: object) -> None:
        super().__init__(what, advice)
        kind = kind or type(self).__name__
        self.said, self.cure = (
            Sentence(f"error_{kind}", what, values),
            Sentence(f"cure_{kind}", advice, values),
        )

    @property
    def what(self) -> str:
        return str(self.said)

    @property
    def advice(self) -> str:
        return str(self.cure)

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}."


class Incomplete(GrabError):
    """The guide is published, but hours of it are missing: the source did not send them, or the
    run's budget was used up."""


class SettingError(GrabError, exit_code=2):
    """A setting has an invalid value; no request was sent and nothing was changed."""

    def __init__(self, name: object, value: object, origin: str, allowed: object) -> None:
        """origin: "" = the user has just typed it. name, allowed: texts or sentences."""
        self.name = str(name)
        what = "{setting} (from {origin}) is not allowed"
        if value:
            what = "{setting}: {value!r}" + " (from {origin})" * bool(origin) + " is not allowed"
        elif value is not None:
            what = "{setting} is not set"
        values = {"setting": name, "value": value, "origin": origin, "allowed": allowed}
        super().__init__(what, "Allowed: {allowed}", **values)


class UsageError(GrabError, exit_code=2):
    """Unknown or mutually exclusive command-line options."""

    def __init__(self, program: str, message: str) -> None:
        usage = "Usage: {program} [CODE] [options]; --help lists them"
        super().__init__("{message}", usage, message=message, program=program)


class NotConfigured(GrabError, exit_code=2):
    """Neither a postal code nor a lineup is set."""

    def __init__(self, file: str = "your config file", page: str = "") -> None:
        cure = (
            "Run --configure, which writes {file}, or the add-on's set-up; or name the place by"
            " --postal 90210 or GRACENOTE_POSTAL_CODE. Do it as the user who runs the grabber,"
            " such as Tvheadend's"
        )
        if page:  # its address
            cure = "Open {page} in a browser: the set-up is there"
        super().__init__("No postal code and no lineup is set", cure, file=file, page=page)


class ChannelError(GrabError, exit_code=2):
    """A selected channel matches no station, or several."""

    def __init__(self, problems: str, words: str) -> None:
        super().__init__(
            "Channels: {problems}",
            "Use station ids, such as 19629, from --list-stations, or choose the stations in the"
            " set-up",
            problems=problems,
            words=words,
        )


class MissingDependency(GrabError, exit_code=10):
    """A required Python package is not installed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "The Python package {name} is missing",
            "Install the dependencies: pip install requests xmltodict defusedxml (Debian: apt"
            " install python3-requests python3-xmltodict python3-defusedxml; Kodi: the add-ons"
            " script.module.requests, .xmltodict and .defusedxml)",
            name=name,
        )


def said_in(run: Mapping[str, Any]) -> Sentence:
    """What a failed run of the history says."""
    name, values = run.get("said") or ("", {})  # an older version kept the English text only
    text = str(run.get("what") or run["error"]).rstrip(".")
    return Sentence(name, text.replace("{", "{{").replace("}", "}}") if values else text, values)


def os_error_text(error: Exception) -> str:
    """The reason: of an OSError the system's, without its number and path."""
    text = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
    return error.strerror if isinstance(error, OSError) and error.strerror else text


class SourceError(GrabError, exit_code=3):
    """The source, or the connection to it, fails.

    Optional context in seconds since the epoch, set by callers; unset fields are not rendered.
    """

    since = 0.0  # when the failure began; 0.0 = just now or unknown
    guide_end: Optional[float] = None  # end of the published guide; 0.0 = no guide
    now = 0.0  # when guide_end was looked up
    not_before = 0.0  # end of the cooldown
    next_try = 0.0  # the next planned run

    def __str__(self) -> str:
        return f"{self.what}{''.join(self._context())}. {self.advice}."

    def _context(self) -> Iterator[str]:
        if self.since:
            yield f", since {format_time(self.since)}"
        if self.guide_end:
            verb = " and ends" if self.guide_end > self.now else ", but ended"
            yield f"; your guide is kept{verb} {format_time(self.guide_end)}"
        elif self.guide_end is not None:
            yield "; there is no guide yet"
        if self.not_before:
            yield f"; no requests before {format_time(self.not_before, '%H:%M')}"
        if self.next_try:
            yield f"; next try {format_time(self.next_try, '%H:%M')}"


class SourceUnreachable(SourceError):
    """The source cannot be reached from here."""


class RequestRefused(SourceError, exit_code=4):
    """The source throttles or blocks this address."""


class CooldownActive(SourceError, exit_code=4):
    """The source refused a request recently, so no request is sent yet."""

    def __init__(self, what: str, until: float) -> None:
        super().__init__(what, "Wait until requests are allowed again")
        self.not_before = until


class LineupNotFound(SourceError, exit_code=5):
    """The source has no such lineup."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "Gracenote has no lineup for {what}",
            "Check the postal code and the lineup; if they are right, the source may refuse the"
            " affiliate id: see the setting affiliate",
            what=what,
        )


class AffiliateRefused(SourceError, exit_code=5):
    """The source accepts none of the known affiliate ids."""


class SourceUnavailable(SourceError, exit_code=5):
    """The source has an outage, has moved, or does not answer with listings."""


class EmptyGuide(GrabError, exit_code=6):
    """The guide would have no station or no programme, so none was written."""

    def __init__(self, detail: str) -> None:
        advice = "Check the settings channels, days and lineup; your guide is kept"
        super().__init__("There is nothing to write: {detail}", advice, detail=detail)


class WorseGuide(GrabError, exit_code=6):
    """The new guide is clearly smaller than the published one."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The new guide is worse than the published one ({detail}), so that one is kept",
            "Run again later: a lasting loss is accepted before the guide runs out; if the smaller"
            " guide is right, use --force once, or lower the setting worse_below",
            detail=detail,
        )


class GuideNotFound(GrabError, exit_code=6):
    """There is no guide, or none that this installation published."""

    def __init__(self, path: str) -> None:
        what = "There is no guide at {path} that this installation published"
        advice = "Make one first, or set where it is (the settings output, data_dir)"
        super().__init__(what, advice, path=path)


class BackupNotFound(GrabError, exit_code=6):
    """No backup of the guide, or none of that day."""

    def __init__(self, path: str, date: str, dates: Iterable[str]) -> None:
        listed = ", ".join(dates)
        super().__init__(
            f"There is no {'backup of {date}' if date else 'older backup'} of {{path}}",
            "Available: {listed}" if listed else "One is kept for each day with a guide",
            path=path,
            date=date,
            listed=listed,
        )


class OutputError(GrabError, exit_code=7):
    """The guide or another file cannot be written."""

    def __init__(self, path: str, detail: str, advice: Optional[str] = None) -> None:
        super().__init__(
            "Cannot write {path} ({detail})",
            advice
            or "Make it writable or choose another place (the settings output, data_dir);"
            " nothing was lost",
            path=path,
            detail=detail,
        )


class InputFileError(GrabError, exit_code=7):
    """A file of the user or another program cannot be read."""

    def __init__(self, path: str, detail: str) -> None:
        advice = "Fix the file or choose another one"
        super().__init__("Cannot read {path} ({detail})", advice, path=path, detail=detail)


class StoreCorrupted(GrabError, exit_code=7):
    """The store of answers is damaged; the next run sets it aside and starts a new one."""

    def __init__(self, path: str, detail: str) -> None:
        advice = "Run again to start a new one; your guide is kept"
        super().__init__("The store {path} is damaged ({detail})", advice, path=path, detail=detail)


class PlayerError(GrabError, exit_code=9):
    """A player's channel list is neither available nor stored."""


class TvheadendUnreachable(PlayerError):
    """There is no answer from Tvheadend's address."""

    def __init__(self, address: str, detail: str) -> None:
        super().__init__(
            "Tvheadend at {address} cannot be reached ({detail})",
            "Check that it runs, and tvh_url: the address of its web page, such as"
            " http://127.0.0.1:9981 (with https only if a proxy adds that)",
            address=address,
            detail=detail,
        )


class NotTvheadend(PlayerError):
    """Another server answers at Tvheadend's address."""

    def __init__(self, address: str, detail: str) -> None:
        super().__init__(
            "{address} does not answer like Tvheadend ({detail})",
            "Set tvh_url to the address of its web page, including its http_root if it has one",
            address=address,
            detail=detail,
        )


class TvheadendLogin(PlayerError):
    """Tvheadend requires a user name and password, or rejects them."""

    def __init__(self, address: str, user: str) -> None:
        what = "does not accept the user {user} with this password" if user else "requires a user"
        super().__init__(
            f"Tvheadend at {{address}} {what} (HTTP 401)",
            "Set tvh_username and tvh_password to a user from its Configuration, Users",
            address=address,
            user=user,
        )


class TvheadendForbidden(PlayerError):
    """Tvheadend's user lacks a right; a wrong password looks the same."""

    def __init__(self, address: str, user: str, resource: str) -> None:
        who = "the user {user}" if user else "everybody"
        super().__init__(
            f"Tvheadend at {{address}} denies {{resource}} to {who} (HTTP 403)",
            "Check tvh_password; in its access entries the user needs the right 'Web interface',"
            " and 'Admin' for everything about EPG grabbers",
            address=address,
            user=user,
            resource=resource,
        )


class PlaylistError(PlayerError):
    """The list of channels in channels_from cannot be read."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(
            "No channels can be read from {name} ({detail})",
            "Set channels_from to an m3u playlist or an HDHomeRun: a file or an http address",
            name=name,
            detail=detail,
        )


class PlayerHasNoChannels(PlayerError):
    """A player has no channels yet."""

    def __init__(self, name: str) -> None:
        advice = "Set them up there first, then run again"
        super().__init__("{name} has no channels", advice, name=name)


class NoChannelMatches(PlayerError):
    """None of a player's channels matches a station, so the guide would be empty."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "There is nothing to write: {detail}",
            "Check the lineup; see --match and --assign, or choose the stations in the set-up;"
            " your guide is kept",
            detail=detail,
        )


class AlreadyRunning(GrabError, exit_code=8):
    """Another run uses the same data directory."""

    def __init__(
        self, data_dir: str, advice: str = "Wait for it to end; its guide will be the one you want"
    ) -> None:
        super().__init__("Another run is in progress in {folder}", advice, folder=data_dir)


class PortInUse(GrabError, exit_code=8):
    """The port of the web page is in use, or not allowed."""

    def __init__(self, port: int, error: Exception) -> None:
        advice = "Choose another port (the setting monitoring_port)"
        if getattr(error, "errno", errno.EADDRINUSE) == errno.EADDRINUSE:
            advice = f"Another program or another --serve uses it. {advice}"
        what, detail = "Port {port} is not available ({detail})", os_error_text(error)
        super().__init__(what, advice, port=port, detail=detail)


class WrongCode(GrabError):
    """The page's code is wrong, or too many wrong ones were given."""


class Stopped(GrabError, exit_code=130):
    """The run was stopped; everything received is kept."""

    def __init__(self) -> None:
        super().__init__("Stopped", "Run again to continue; everything received is kept")


def format_time(at: float, style: str = "%a %d %b %H:%M") -> str:
    """Format seconds since the epoch in local time: "Tue 24 Nov 21:40"."""
    return time.strftime(style, time.localtime(at))
