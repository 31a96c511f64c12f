"""What there is to grab: lineups of a postal code, stations of a lineup."""

import logging
import re
from typing import List, Optional, Sequence, Tuple

from ..config.settings import Config
from ..errors import LineupNotFound, NotConfigured, SourceError
from ..gracenote.lineup_ids import country_of, over_the_air, postal_code_of, resolve
from ..gracenote.tasks import ProvidersTask, Verdict
from ..models import Lineup, Provider
from ..store.answers import Store
from .source import SourceSession, end_error

log = logging.getLogger(__name__)


PROVIDERS_LAST = 30 * 86400  # seconds after which a postal code's lineups are asked again
PROVIDERS_LAST_IN_DOUBT = 86400  # the same, where what they say keeps us from a guide


def resolve_lineups(config: Config, store: Store, source: Optional[SourceSession]) -> List[Lineup]:
    """The lineups that the settings name, else the antenna's at the postal code.

    What is known of a postal code is not asked again: that an address fails which the guide does
    not need is no reason to have none. source: None asks nothing. Raises SettingError,
    NothingChosen, NoLineup and SourceError.
    """
    known, _ = store.providers(country_of(config.postal_code), config.postal_code)
    if config.lineup:
        return list(dict.fromkeys(_resolve(config, text, known) for text in config.lineup))
    if not config.postal_code:
        raise NotConfigured()
    if source and not _antenna(known):
        known = lineups_at(source, PROVIDERS_LAST_IN_DOUBT)
    antenna = _antenna(known)
    if known and not antenna:
        choices = ", ".join(row.lineup.lineup_id for row in known)
        raise LineupNotFound(f"an antenna at this postal code; it has {choices}")
    return antenna[:1] or [over_the_air(config.postal_code)]


def _antenna(known: Sequence[Provider]) -> List[Lineup]:
    return [row.lineup for row in known if row.kind == "OTA"]


def _resolve(config: Config, text: str, known: Sequence[Provider]) -> Lineup:
    code = config.postal_code
    if len(config.lineup) > 1:  # of two antennas one is elsewhere, and its id says where
        code = postal_code_of(text) or code
    try:
        return resolve(text, code, known)
    except ValueError as error:
        raise config.invalid("lineup", text, str(error)) from None


def lineups_at(source: SourceSession, last: float = PROVIDERS_LAST) -> Tuple[Provider, ...]:
    """The postal code's lineups; () when the site cannot list them now.

    last: seconds after which they are asked again. Raises NoLineup when the site knows no such
    postal code, SourceError when it cannot be asked.
    """
    code = source.config.postal_code
    if not code:
        raise NotConfigured()
    found, at = source.store.providers(country_of(code), code)
    if found and 0 <= source.clock.now() - at < last:
        return found
    outcome = source.manager.download_providers(ProvidersTask(country_of(code), code))
    if outcome.verdict is Verdict.NO_LINEUP and outcome.status == 400:  # no affiliate id is asked
        raise LineupNotFound("this postal code")
    if outcome.ok:
        if not outcome.value:
            raise LineupNotFound("this postal code")
        return tuple(outcome.value)
    failure = end_error(source)
    if failure:
        raise failure
    log.warning("The lineups of %s cannot be listed now: %s", code, outcome.detail)
    return found


def is_listed(source: SourceSession, lineup: Lineup) -> Optional[bool]:
    """Whether the postal code has the lineup, as it was last listed; where that is not known, True
    when it gave listings in the last days, else None.

    Raises NoLineup when the site knows no such postal code.
    """
    code = source.config.postal_code
    rows, _ = source.store.providers(country_of(code), code)
    try:
        rows = lineups_at(source, PROVIDERS_LAST_IN_DOUBT) if code else ()
    except LineupNotFound:
        raise
    except SourceError as error:
        log.info("%s", error)
    elsewhere = lineup.postal_code not in ("", "-", source.config.postal_code)
    if rows and not elsewhere:  # an antenna's head-end is called the same everywhere
        return any(row.lineup.headend_id == lineup.headend_id for row in rows)
    return True if source.store.windows(lineup) else None


def foreign_lineup_warning(config: Config, store: Store, chosen: Sequence[Lineup]) -> str:
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
