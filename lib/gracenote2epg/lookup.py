"""What there is to grab: lineups of a postal code, stations of a lineup."""

import logging
import re
import threading
from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from . import trouble
from .channels import Known
from .clock import Clock
from .config import Config
from .downloader.parallel import UnifiedDownloadManager
from .downloader.tasks import GuideTask, Outcome, ProvidersTask, Verdict
from .errors import BadSource, NoLineup, NothingChosen, SourceError
from .gracenote import AFFILIATES
from .gracenote.lineups import country_of, named_code, over_the_air, resolve
from .guide import stations
from .models import Lineup, Provider
from .store import Store

if TYPE_CHECKING:
    from .gracenote.api import Client

log = logging.getLogger(__name__)

PROVIDERS_LAST = 30 * 86400  # seconds after which a postal code's lineups are asked again
IN_DOUBT = 86400  # the same, where what they say keeps us from a guide
SOME = 3  # windows; fewer without an answer tell nothing of the source
AFFILIATE = "affiliate"  # the store's name for the one that works

Asked = Tuple[GuideTask, Outcome]  # a window and what came of it


class Source(NamedTuple):
    """The way to the source in one run."""

    config: Config
    store: Store
    manager: UnifiedDownloadManager
    client: "Client"
    clock: Clock
    stop: Optional[threading.Event] = None


def lineups(config: Config, store: Store, source: Optional[Source]) -> List[Lineup]:
    """The lineups that the settings name, else the antenna's at the postal code.

    What is known of a postal code is not asked again: that an address fails which the guide does
    not need is no reason to have none. source: None asks nothing. Raises SettingError,
    NothingChosen, NoLineup and SourceError.
    """
    known, _ = store.providers(country_of(config.postal_code), config.postal_code)
    if config.lineup:
        return list(dict.fromkeys(_resolve(config, text, known) for text in config.lineup))
    if not config.postal_code:
        raise NothingChosen()
    if source and not _antenna(known):
        known = providers(source, IN_DOUBT)
    antenna = _antenna(known)
    if known and not antenna:
        choices = ", ".join(row.lineup.lineup_id for row in known)
        raise NoLineup(f"an antenna at this postal code; it has {choices}")
    return antenna[:1] or [over_the_air(config.postal_code)]


def _antenna(known: Sequence[Provider]) -> List[Lineup]:
    return [row.lineup for row in known if row.kind == "OTA"]


def _resolve(config: Config, text: str, known: Sequence[Provider]) -> Lineup:
    code = config.postal_code
    if len(config.lineup) > 1:  # of two antennas one is elsewhere, and its id says where
        code = named_code(text) or code
    try:
        return resolve(text, code, known)
    except ValueError as error:
        raise config.bad("lineup", text, str(error)) from None


def providers(source: Source, last: float = PROVIDERS_LAST) -> Tuple[Provider, ...]:
    """The postal code's lineups; () when the site cannot list them now.

    last: seconds after which they are asked again. Raises NoLineup when the site knows no such
    postal code, SourceError when it cannot be asked.
    """
    code = source.config.postal_code
    if not code:
        raise NothingChosen()
    found, at = source.store.providers(country_of(code), code)
    if found and 0 <= source.clock.now() - at < last:
        return found
    outcome = source.manager.download_providers(ProvidersTask(country_of(code), code))
    if outcome.verdict is Verdict.NO_LINEUP and outcome.status == 400:  # no affiliate id is asked
        raise NoLineup("this postal code")
    if outcome.ok:
        if not outcome.value:
            raise NoLineup("this postal code")
        return tuple(outcome.value)
    failure = why_ended(source)
    if failure:
        raise failure
    log.warning("The lineups of %s cannot be listed now: %s", code, outcome.detail)
    return found


def canary(source: Source, tasks: Sequence[GuideTask]) -> List[Asked]:
    """Ask for the first window of a run, alone; where its lineup is denied, for one of each other
    lineup; where all are, with the other affiliate ids. Return what came of those that count.

    Raises AffiliateRefused when every id is refused though the lineup is known, else NoLineup;
    SourceError when the source lets us try no more.
    """
    found: List[Asked] = []
    one_of_each: Dict[Lineup, GuideTask] = {}
    for task in tasks:
        one_of_each.setdefault(task.lineup, task)
    for task in one_of_each.values():
        outcome = _ask(source, task)
        found.append((task, outcome))
        if outcome.verdict is not Verdict.NO_LINEUP:
            return found
    task = tasks[0]
    outcome = other_affiliate(source, task)
    if outcome.ok or outcome.verdict is Verdict.LEFT:
        return [(task, outcome)]
    if outcome.verdict is not Verdict.NO_LINEUP:
        raise trouble.of(outcome, source.client.host, source.client.proxy)
    if is_listed(source, task.lineup):
        seen = {"affiliate": source.client.affiliate, "detail": outcome.detail}
        raise trouble.error("affiliate", **seen)
    raise _unknown(task.lineup)


def _ask(source: Source, task: GuideTask) -> Outcome:
    return source.manager.download_guide_blocks([task])[0].outcome


def _unknown(lineup: Lineup) -> NoLineup:
    where = " at this postal code" if lineup.postal_code else ""
    return NoLineup(f"{lineup.lineup_id or lineup.headend_id}{where}")


def windows(
    source: Source, tasks: Sequence[GuideTask]
) -> Tuple[List[Asked], Optional[SourceError]]:
    """Download windows, the first one as the canary. Return what came of them, and why the source
    gave no more, or none of them; None = nothing keeps us from it. Raises as ``canary`` does.
    """
    first = canary(source, tasks)
    asked = {task for task, _ in first}
    denied = {task.lineup for task, outcome in first if outcome.verdict is Verdict.NO_LINEUP}
    rest = [task for task in tasks if task not in asked and task.lineup not in denied]
    results = source.manager.download_guide_blocks(rest)
    found = [*first, *zip(rest, (result.outcome for result in results))]
    failure = why_ended(source)
    if any(outcome.ok for _, outcome in found):
        return found, failure
    task, outcome = first[-1]
    not_there = outcome.verdict is Verdict.GONE and outcome.status >= 400
    if not_there and is_listed(source, task.lineup) is False:
        raise _unknown(task.lineup)
    if source.manager.ended or len(found) < SOME:
        return found, failure
    return found, trouble.of(outcome, source.client.host, source.client.proxy)


def denied(asked: Sequence[Asked]) -> List[str]:
    """What the source says of lineups that it denies beside others, in words."""
    kinds: Dict[Lineup, Set[Verdict]] = {}
    for task, outcome in asked:
        kinds.setdefault(task.lineup, set()).add(outcome.verdict)
    return [
        _unknown(lineup).what
        for lineup, verdicts in kinds.items()
        if Verdict.NO_LINEUP in verdicts and Verdict.OK not in verdicts
    ]


def is_listed(source: Source, lineup: Lineup) -> Optional[bool]:
    """Whether the postal code has the lineup, as it was last listed; where that is not known, True
    when it gave listings in the last days, else None.

    Raises NoLineup when the site knows no such postal code.
    """
    code = source.config.postal_code
    rows, _ = source.store.providers(country_of(code), code)
    try:
        rows = providers(source, IN_DOUBT) if code else ()
    except NoLineup:
        raise
    except SourceError as error:
        log.info("%s", error)
    elsewhere = lineup.postal_code not in ("", "-", source.config.postal_code)
    if rows and not elsewhere:  # an antenna's head-end is called the same everywhere
        return any(row.lineup.headend_id == lineup.headend_id for row in rows)
    return True if source.store.windows(lineup) else None


def elsewhere(config: Config, store: Store, chosen: Sequence[Lineup]) -> str:
    """Advice on lineups that are not the postal code's, as far as those were listed: instead of
    one that it does not know Gracenote gives another silently. "" = all is well.
    """
    rows, _ = store.providers(country_of(config.postal_code), config.postal_code)
    own = {row.lineup.headend_id for row in rows}
    far = [
        lineup.lineup_id or lineup.headend_id
        for lineup in chosen
        if lineup.headend_id not in own and re.search("[0-9]", lineup.headend_id)  # not a nation's
    ]
    if not rows or not far:
        return ""
    return (
        f"{', '.join(far)} is not among those of the postal code: if --list-stations shows a"
        " stranger's, choose another one"
    )


def other_affiliate(source: Source, task: GuideTask) -> Outcome:
    """Ask with the other affiliate ids; the one that works is remembered. Return the last outcome,
    which is no longer NO_LINEUP when there was another reason to try no more.
    """
    refused = source.client.affiliate
    outcome = Outcome(Verdict.NO_LINEUP)
    if source.client.grid_params(task)["aid"] != refused:
        return outcome  # this kind of lineup has an id of its own
    for other in AFFILIATES:
        if other == refused:
            continue
        source.client.affiliate = other
        outcome = _ask(source, task)
        if outcome.ok:
            log.warning(
                "The affiliate id %s is refused; %s works and is used from now on", refused, other
            )
            source.store.learn(AFFILIATE, other, source.clock.now())
            return outcome
        if outcome.verdict is not Verdict.NO_LINEUP:
            break
    source.client.affiliate = refused
    return outcome


def known_affiliate(config: Config, store: Store) -> str:
    """The one that worked last, unless the user names another."""
    value, _ = store.known(AFFILIATE)
    return value if value and "affiliate" not in config.origins else config.affiliate


def why_ended(source: Source) -> Optional[SourceError]:
    """The error for a run whose source gave no more; None for one that only used up its budget."""
    ended = source.manager.ended
    if ended is None or ended.verdict is Verdict.LEFT:
        return None
    return trouble.of(ended, source.client.host, source.client.proxy)


def find_lineups(source: Source) -> List[Tuple[Provider, Optional[int]]]:
    """The postal code's lineups, each with its number of stations; None = it cannot be told now."""
    found = providers(source)
    if not found:
        raise BadSource(f"{source.client.host} cannot list the lineups now", "Try again later")
    now = int(source.clock.now())
    tasks: Dict[Lineup, GuideTask] = {
        row.lineup: GuideTask(row.lineup, now - now % 3600, 1)
        for row in found
        if not source.store.windows(row.lineup)
    }
    if tasks:
        source.manager.download_guide_blocks(tasks.values())
    return [(row, len(stations(source.store, [row.lineup])) or None) for row in found]


def known_stations(config: Config, store: Store) -> List[Known]:
    """The stations of the chosen lineups without asking; [] where one of them is not known yet."""
    chosen = lineups(config, store, None)
    return stations(store, chosen) if all(map(store.windows, chosen)) else []


def list_stations(source: Source) -> List[Known]:
    """The stations of the chosen lineups."""
    return stations(source.store, described(source))


def described(source: Source) -> List[Lineup]:
    """The chosen lineups, whose stations stored answers tell, or one short window asked now."""
    found = lineups(source.config, source.store, source)
    now = int(source.clock.now())
    for lineup in found:
        if not source.store.windows(lineup):
            canary(source, [GuideTask(lineup, now - now % 3600, 1)])
    if not stations(source.store, found):
        host = source.client.host
        raise why_ended(source) or BadSource(f"{host} lists no station now", "Try again later")
    return found
