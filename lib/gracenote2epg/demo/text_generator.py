"""Invented names and sentences in English, French and Spanish.

No title, person, place or team is real: places and surnames are put together from syllables.
The sentences carry, now and then, what breaks careless readers: & < quotes, dashes, an emoji.
"""

import random
import re
from functools import lru_cache
from typing import Dict, NamedTuple, Sequence, Tuple

_HEADS = (
    "Quill", "Tarn", "Brack", "Wex", "Ombr", "Fenn", "Dral", "Morv", "Sedge", "Ulm", "Pell", "Yarl",
    "Corv", "Hask", "Lund", "Narr", "Rook", "Thess", "Vald", "Zeph",
)  # fmt: skip
_TAILS = (
    "mere", "wick", "holt", "stow", "ford", "ley", "combe", "gate", "by", "dale", "haven", "moor",
    "ness", "rick", "sea", "thorpe", "vale", "worth",
)  # fmt: skip
_FIRSTS = (
    "Adda", "Bexley", "Corin", "Della", "Ervin", "Fennel", "Gus", "Hattie", "Ivor", "Jonna", "Kip",
    "Lorna", "Milo", "Nedra", "Orrin", "Posy", "Quent", "Rhea", "Soren", "Tilda", "Umber", "Vesna",
    "Wynn", "Xenia", "Yoric", "Zadie", "Noé", "Maïa", "Begoña", "Íñigo",
)  # fmt: skip


class Language(NamedTuple):
    """The words of one language; see _fill for what may stand in braces."""

    nouns: Tuple[str, ...]
    titles: Tuple[str, ...]
    episodes: Tuple[str, ...]
    sentences: Tuple[str, ...]


_ENGLISH = Language(
    nouns=(
        "Ledger", "Lantern", "Orchard", "Ferry", "Almanac", "Kettle", "Compass", "Foundry",
        "Harbor",
        "Archive", "Parlor", "Beacon", "Trestle", "Bakery", "Signal", "Meadow", "Quarry", "Depot",
        "Telegraph", "Mill", "Pier", "Gazette", "Workshop", "Bell", "Lighthouse", "Café",
    ),
    titles=(
        "The {place} {noun}", "{place} {noun}", "{first} & {other}", "{last}'s {noun}",
        "The {noun} of {place}", "{first} {last} Investigates", "Inside {place}", "{place} Nights",
        "Welcome to {place}", "{noun} & {noun2}: {place}", "{first} of {place}",
        "{last} and Daughter",
    ),
    episodes=(
        "The {noun}", "{first}'s {noun}", "A {noun} in {place}", "{noun} & {noun2}",
        "Goodbye, {first}",
        "The {noun} < The {noun2}", "“{noun}”", "What {first} Knew", "Back to {place}",
        "{noun} Day",
        "Who Moved the \"{noun}\"?", "{first} vs. {other}", "{place} – Part {number}",
    ),
    sentences=(
        "{first} finds an old {noun} in {place}.",
        "{first} and {other} cannot agree who should look after the {noun}.",
        "A stranger comes to {place} and asks for {first} {last}.",
        "While the {noun} is closed, {first} tries to win back {other}.",
        "The {last} & {last2} company wants to buy the {noun}; {first} has other plans.",
        "\"Nobody leaves {place},\" says {other}, and {first} believes it.",
        "When the temperature falls (it is < 0 for days), {place} has to share one {noun}.",
        "The years {number}–{year} in {place}, told by those who kept the {noun}.",
        "{first} reads aloud from “The {noun} of {place}” -- and regrets it.",
        "It's {first}'s birthday 🎉 and the {noun} is missing.",
        "Guests: {first} {last}; {other} {last2}.",
        "{first} promises to teach the children of {place} how a {noun} works.",
        "{other} hides a letter that was meant for {first}.",
        "The inspector suspects {last}, but the {noun} tells another story.",
        "A storm closes the road to {place}, and the guests have to stay.",
        "{first} tries to sell the {noun} before {other} finds out.",
        "An old photograph leads {first} {last} back to the {noun}.",
        "After {number} years away, {other} comes home and asks who sold the {noun}.",
    ),
)  # fmt: skip

_FRENCH = Language(
    nouns=(
        "Phare", "Verger", "Moulin", "Grenier", "Carnet", "Théâtre", "Marché", "Chêne", "Fjord",
        "Pâturage", "Atelier", "Château", "Quai", "Récif", "Pré", "Hôtel",
    ),
    titles=(
        "Le {noun} de {place}", "{first} et {other}", "Les nuits de {place}", "L’été à {place}",
        "Chez {last}", "{place} : l’enquête", "Le {noun} & le {noun2}", "Au cœur de {place}",
    ),
    episodes=(
        "Le {noun}", "Adieu, {first}", "Un {noun} à {place}", "« {noun} »", "{first} s’en mêle",
        "L’hiver à {place}", "Le {noun} et le {noun2}",
    ),
    sentences=(
        "{first} découvre un vieux {noun} près de {place}.",
        "Une famille fictive passe l'été à {place} et s'attache à son {noun}.",
        "À {place}, {first} et {other} rêvent d’ouvrir un {noun}.",
        "L’inspectrice {last} enquête sur une disparition où rien n’est ce qu’il paraît.",
        "Après des années d’absence, {other} revient à {place} -- et tout a changé.",
        "Le {noun} de {last} est à vendre, et {first} n’en dort plus.",
        "Animé par {first} {last}; avec {other} {last2} comme invité.",
    ),
)  # fmt: skip

_SPANISH = Language(
    nouns=(
        "Faro", "Molino", "Sueño", "Camino", "Jardín", "Balcón", "Puerto", "Corazón", "Otoño",
        "Muelle",
        "Tesoro", "Rincón", "Cañaveral", "Mañana",
    ),
    titles=(
        "El {noun} de {place}", "{first} y {other}", "Los secretos de {place}", "Mañana en {place}",
        "La casa {last}", "¿Dónde está {first}?", "El {noun} y el {noun2}", "Noches de {place}",
    ),
    episodes=(
        "El {noun}", "Adiós, {first}", "Un {noun} en {place}", "¡Vuelve, {first}!", "“{noun}”",
        "La verdad de {other}", "Año nuevo en {place}",
    ),
    sentences=(
        "{first} encuentra un viejo {noun} cerca de {place}.",
        "Una familia inventada lucha por su {noun} mientras {other} guarda un secreto.",
        "¿Quién es {first} {last}? Todo {place} lo pregunta.",
        "En {place}, {first} y {other} se reencuentran después de {number} años.",
        "La señora {last} sueña con un {noun} junto al mar.",
        "Un cuento de {place} -- contado por {first}.",
        "Con {first} {last} y la participación especial de {other} {last2}.",
    ),
)  # fmt: skip

LANGUAGES: Dict[str, Language] = {"en": _ENGLISH, "fr": _FRENCH, "es": _SPANISH}

LEAGUES: Dict[str, Tuple[str, ...]] = {
    "en": ("{place} League Basketball", "Coastal Football {place}", "{place} Tour Golf",
           "{place} Cup Soccer", "{place} Hockey"),
    "fr": ("Hockey de la Ligue {place}", "Coupe {place}"),
    "es": ("Copa {place}", "Liga {place} de Fútbol"),
}  # fmt: skip


def pick(rng: random.Random, items: Sequence[str]) -> str:
    """As rng.choice, in a third of the time; a schedule makes a million of these."""
    return items[int(rng.random() * len(items))]


def place(rng: random.Random) -> str:
    return pick(rng, _HEADS) + pick(rng, _TAILS)


def person(rng: random.Random) -> str:
    return f"{pick(rng, _FIRSTS)} {place(rng)}"


def _fill(rng: random.Random, words: Language, template: str) -> str:
    """Fill a template; {place} {last} {last2} {first} {other} {noun} {noun2} {number} {year}."""
    values: Dict[str, str] = {}
    for name in _blanks(template):
        if name in ("place", "last", "last2"):
            values[name] = place(rng)
        elif name in ("noun", "noun2"):
            values[name] = pick(rng, words.nouns)
        elif name in ("first", "other"):
            values[name] = pick(rng, _FIRSTS)
        else:
            low, high = (2, 40) if name == "number" else (1950, 2020)
            values[name] = str(low + int(rng.random() * (high - low)))
    return template.format_map(values)


@lru_cache(maxsize=None)
def _blanks(template: str) -> Tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"{(\w+)}", template)))


def title(rng: random.Random, language: str) -> str:
    words = LANGUAGES[language]
    return _fill(rng, words, pick(rng, words.titles))


def episode_title(rng: random.Random, language: str) -> str:
    words = LANGUAGES[language]
    return _fill(rng, words, pick(rng, words.episodes))


def league(rng: random.Random, language: str) -> str:
    return pick(rng, LEAGUES[language]).format(place=place(rng))


def fixture(rng: random.Random, language: str) -> str:
    """Who plays whom: "Away at Home" in American leagues, "Group C: A vs. B" in cups."""
    if language != "en" or rng.random() < 0.3:
        group = {"en": "Group", "fr": "Groupe", "es": "Grupo"}[language]
        return f"{group} {pick(rng, 'ABCDEFGH')}: {place(rng)} vs. {place(rng)}"
    return f"{place(rng)} at {place(rng)}"


def description(rng: random.Random, language: str, longest: int = 250) -> str:
    """Return one to three different sentences, or more where ``longest`` allows them."""
    words = LANGUAGES[language]
    first = int(rng.random() * len(words.sentences))
    text = _fill(rng, words, words.sentences[first])
    for further in range(1, 1 + (int(rng.random() * 3) if longest <= 250 else 4)):
        sentence = words.sentences[(first + further * 5) % len(words.sentences)]
        more = _fill(rng, words, sentence)
        if len(text) + len(more) >= longest:
            break
        text = f"{text} {more}"
    return text
