"""Detect English, French or Spanish by a text's frequent words.

The source does not send the language (API reference, section 5, note 9). The lists are our own:
frequent words of the three languages, and of similar languages, which count against all three.
"""

from typing import Dict, Iterable, Tuple

# By language (e English, f French, s Spanish, o others): words with three votes, two, and one.
# A word of several languages votes for each of them.
_WORDS: Dict[str, Tuple[str, str, str]] = {
    "e": (
        """the and of with his her their from who that this these those which what when where why
        how while after before into they she it its he' it' they' we' don' doesn' didn' isn' can'
        won' must should would could cannot been being have were are not but about between through
        against during without every another than because until back your him them there then gets
        takes makes finds tries learns helps wants goes comes meets becomes both each most some such
        only never always someone something everyone young woman daughter husband friends""",
        """to for he has by an was at is will my our we us all out up over under you be do come life
        family""",
        "I in on as so off down new first one two day night more can may or if plus son die s",
    ),
    "f": (
        """les des et du une dans pour qui est aux avec ce cet cette ces ses elle elles ils leur
        leurs mais où qu' jusqu' lorsqu' n' c' j' puis après apres chez comme tout toute tous toutes
        sans sous vers nous vous était étaient été être ont sont fait aussi même meme très lui dont
        deux trois jeune jeunes découvre depuis afin ainsi ça ans peut doit rien jamais notre votre
        contre près enquête émission invité invités français aujourd' selon avant alors lorsque
        autour vie femme homme femmes hommes fille fils famille ville nuit jours monde histoire
        retour veut revient toujours quand nouveau nouvelle nouvelles peu trop soir""",
        """le d' l' s' au sur à par pas ne son sa je mon il ou plus moi entre encore père mère frère
        « »""",
        "la de un que se y en ma mes nos te non on pendant cœur sœur œuvre",
    ),
    "s": (
        """el los las y su sus más pero hasta desde cuando quien quién qué cómo dónde cuál muy para
        por también tambien hay tiene hace él ella ellos nuestro nuestra nuestros hijo hija mujer
        mujeres hombre hombres hacia mientras aunque descubre joven debe otro otra otros cerca
        después despues nadie siempre aquí ahora encuentra busca estos estas esto eso nuevo nueva
        fue durante contra cada así puede antes bajo sólo mejor ese esa algo alguien mucho ciudad
        noticias historia hermano hermana muerte regresa llega intenta quiere vuelve deben presenta
        ¿ ¡""",
        """que en del con una es como está sin tras yo lo al todos porque donde dos casa familia
        padre madre pueblo noche vida amor amigos solo ya""",
        """la de un se mi tu te le les era ser son todo sobre entre esta este mas nos año años niño
        niña niños señor señora mañana español""",
    ),
    "o": (
        """und ist nicht dem ein eine einen einer mit für sich auch als bei wird werden oder wenn
        dass das sind zum zur über het een voor zijn niet wordt naar ook aan door di che è per non
        dei delle nel nella alla dal sul sulla dello degli gli sono più anche um uma não com em na
        ao seu sua são é pelo pela foi ele ela você els amb dels és aquest aquesta seva més unha cu
        care nu pentru și în să och att det som är på för av inte og af ikke się nie jest""",
        "der die den von della zu im auf op dat om e o os da dos das ou i il cum",
        "is te do mais come l' d' con una por para al des su lo solo cada esta este ser",
    ),
}
# Letters and an ending, counted once per text, with few votes: "Íñigo" occurs in English too.
_MARKS = (
    ("ss", "ñ"), ("ss", "ción"), ("s", "ó"), ("so", "í"), ("s", "ú"), ("f", "è"), ("f", "ê"),
    ("ooo", "ã"),
)  # fmt: skip
_LANGUAGES = (("e", "en"), ("f", "fr"), ("s", "es"), ("o", ""))
# Capitalized, these start many names (Los Angeles, Le Mans, Des Moines): one vote only.
_IN_NAMES = "el los las del la le les du des de al una notre casa der di della von den"
_BREAKS = '"“(.,:;!?—'
_SHORT = 100  # words; a text with fewer counts each once


def _votes() -> Dict[str, str]:
    """The votes by word, plain and capitalized."""
    table: Dict[str, str] = {}
    for letter, rows in _WORDS.items():
        for count, row in zip((3, 2, 1), rows):
            for word in row.split():
                table[word] = table.get(word, "") + letter * count
    capitals = {word.capitalize(): votes for word, votes in table.items()}
    names = {word.capitalize(): "".join(set(table[word])) for word in _IN_NAMES.split()}
    return {**capitals, **names, **table}


_VOTES = _votes()
_KNOWN = frozenset(_VOTES)


def detect(text: str) -> str:
    """Return "en", "fr" or "es"; "" if too few words decide, or they disagree.

    Works for one programme's texts and for all of a station's. It runs for every programme, so it
    splits by hand: a single regular expression takes as long as all of this.
    """
    if text.isupper():
        text = text.lower()
    text = text.replace("’", "'")
    for mark in _BREAKS:
        text = text.replace(mark, " ")
    words = text.replace("'", "' ").replace("¿", " ¿ ").replace("¡", " ¡ ").split()
    # In a short text a word counts once, since "El Gato" three times is still a name. In a long one
    # every occurrence counts, so that a few foreign titles carry little weight.
    voters: Iterable[str] = (
        _KNOWN.intersection(words) if len(words) < _SHORT else filter(_KNOWN.__contains__, words)
    )
    votes = "".join(map(_VOTES.__getitem__, voters))
    if not text.isascii():
        votes += "".join([letters for letters, mark in _MARKS if mark in text])
    ranks = sorted([(votes.count(letter), language) for letter, language in _LANGUAGES])
    (second, _), (best, language) = ranks[-2:]
    # One word is not enough, nor are a few in a long text of unknown words.
    return language if best - 1.3 * second >= max(4, len(words) / 6) else ""
