"""Which lineups to grab: those in the settings, or the antenna's at the postal code."""

import logging
import re
from typing import List, Optional, Sequence, Tuple

from ..clock import DAY
from ..config import paths
from ..config.settings import Config
from ..errors import LineupNotFound, NotConfigured, SourceError
from ..gracenote.lineup_ids import country_of, over_the_air, postal_code_of, resolve
from ..gracenote.tasks import ProvidersTask, Verdict
from ..models import Lineup, Provider
from ..store.answers import Store
from .refresh import ONCE_A_DAY
from .source import SourceSession

log = logging.getLogger(__name__)

FOREIGN = (
    "{lineup} is not among those of the postal code: if --list-stations shows the wrong channels,"
    " choose another lineup"
)
LIST_ASKED = "list of lineups"  # store fact: the postal code whose list was asked for last
PROVIDERS_MAX_AGE = 30 * DAY  # seconds; an older list of a postal code's lineups is fetched again
PROVIDERS_MAX_AGE_IN_DOUBT = ONCE_A_DAY  # seconds; the same when the list would explain a failure


def resolve_lineups(config: Config, store: Store, session: Optional[SourceSession]) -> List[Lineup]:
    """The lineups in the settings, else the antenna's at the postal code.

    A stored list is not fetched again: a guide that does not need the list should not depend on it.
    session: None = without requests. Raises SettingError, NotConfigured, LineupNotFound and
    SourceError.
    """
    providers, _ = stored_providers(config, store)
    if config.lineup:
        return list(dict.fromkeys(_resolve(config, text, providers) for text in config.lineup))
    if not config.postal_code:
        raise NotConfigured(paths.config_file(config))
    if session and not _antennas(providers):
        providers = lineups_at(session, PROVIDERS_MAX_AGE_IN_DOUBT)
    antennas = _antennas(providers)
    if providers and not antennas:
        choices = ", ".join(row.lineup.lineup_id for row in providers)
        raise LineupNotFound(f"an antenna at this postal code; it has {choices}")
    return antennas[:1] or [over_the_air(config.postal_code)]


def stored_providers(config: Config, store: Store) -> Tuple[Tuple[Provider, ...], float]:
    """The postal code's lineups as last listed, and when, seconds since the epoch."""
    return store.providers(country_of(config.postal_code), config.postal_code)


def _antennas(providers: Sequence[Provider]) -> List[Lineup]:
    return [row.lineup for row in providers if row.kind == "OTA"]


def _resolve(config: Config, text: str, providers: Sequence[Provider]) -> Lineup:
    code = config.postal_code
    if len(config.lineup) > 1:  # a second antenna is elsewhere, and its id contains the code
        code = postal_code_of(text) or code
    try:
        return resolve(text, code, providers)
    except ValueError as error:
        raise config.invalid("lineup", text, str(error)) from None


def lineups_at(session: SourceSession, max_age: float = PROVIDERS_MAX_AGE) -> Tuple[Provider, ...]:
    """The postal code's lineups; () if the source cannot list them now.

    max_age: of a stored list, seconds. Raises NotConfigured without a postal code, LineupNotFound
    if the source does not know it, and SourceError if the source gives no more answers.
    """
    code = session.config.postal_code
    if not code:
        raise NotConfigured(paths.config_file(session.config))
    providers, fetched_at = stored_providers(session.config, session.store)
    if providers and 0 <= session.now - fetched_at < max_age:
        return providers
    outcome = session.manager.download_providers(ProvidersTask(country_of(code), code))
    # This request has no affiliate id, so that a 400 can only be about the postal code.
    denied = outcome.verdict is Verdict.NO_LINEUP and outcome.status == 400
    if denied or (outcome.ok and not outcome.value):
        raise LineupNotFound("this postal code")
    if outcome.ok:
        return tuple(outcome.value)
    failure = session.end_error()
    if failure:
        raise failure
    log.warning("The lineups of %s cannot be listed now: %s", code, outcome.detail)
    return providers


def is_listed(session: SourceSession, lineup: Lineup) -> Optional[bool]:
    """Whether the postal code's list has the lineup. Without a list: True if the store has listings
    of the lineup, else None.

    Raises LineupNotFound if the source does not know the postal code.
    """
    code = session.config.postal_code
    providers, _ = stored_providers(session.config, session.store)
    try:
        providers = lineups_at(session, PROVIDERS_MAX_AGE_IN_DOUBT) if code else ()
    except LineupNotFound:
        raise
    except SourceError as error:
        log.info("%s", error)
    # At another postal code the list says nothing: all antennas have the same head-end.
    if providers and lineup.postal_code in ("", "-", code):
        return any(row.lineup.headend_id == lineup.headend_id for row in providers)
    return True if session.store.windows(lineup) else None


def look_up_list(session: SourceSession, lineups: Sequence[Lineup]) -> None:
    """Fetch the postal code's list once a month if it can tell that a lineup is foreign. A failure
    costs one request a day and nothing else."""
    store, code, now = session.store, session.config.postal_code, session.now
    if session.manager.ended or not _local(session.config, lineups):
        return
    providers, fetched_at = stored_providers(session.config, store)
    asked_for, asked_at = store.fact(LIST_ASKED)
    is_asked = asked_for == code and 0 <= now - asked_at < ONCE_A_DAY
    if is_asked or (providers and 0 <= now - fetched_at < PROVIDERS_MAX_AGE):
        return
    store.set_fact(LIST_ASKED, code, now)
    task = ProvidersTask(country_of(code), code)
    outcome = session.manager.fetch_once(task, session.client.timeout)
    log.info("the lineups of the postal code: %s", outcome.detail or "listed")


def foreign_lineups(config: Config, store: Store, lineups: Sequence[Lineup]) -> str:
    """The names of lineups that the postal code's list lacks; "" = none, or no list.

    For an unknown lineup Gracenote silently returns the listings of another one.
    """
    providers, _ = stored_providers(config, store)
    listed = {row.lineup.headend_id for row in providers}
    local = _local(config, lineups)
    foreign = [lineup.name for lineup in local if lineup.headend_id not in listed]
    return ", ".join(foreign) if providers else ""


def _local(config: Config, lineups: Sequence[Lineup]) -> List[Lineup]:
    """Those that a list of the postal code must have: neither antennas nor nationwide ones, whose
    head-ends have no digits."""
    country = country_of(config.postal_code) if config.postal_code else ""
    return [
        lineup
        for lineup in lineups
        if lineup.country == country and re.search("[0-9]", lineup.headend_id)
    ]
