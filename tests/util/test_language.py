"""Language detection: right, or undecided where nobody could be sure."""

import itertools
import random

from gracenote2epg.demo import text_generator
from gracenote2epg.util.language import detect

ENGLISH = (
    "THE LANTERN AND THE LEDGER",
    "It’s the last day of the fair and nobody has seen the mayor.",
    "What Hattie Knew About the Storm",
    "Della Van Holt and her son meet Una Del Rey for lunch in Casa Grande.",
    "Notre Dame plays Des Moines for the title, live from El Paso",
    "“The road is closed,” she says; they do not believe her.",
    "Don't Wake the Beekeeper",
    "Corin and Della meet El Gato, who has been living in Los Robles under another name.",
    "Señor Pickles takes the children to a farm where they learn how cheese is made.",
    "Weather for the week with traffic on the 8s",
    "How It Was Built: The Bridge at Wexford",
    "Noé and Maïa are stuck in an elevator without their phones.",
)
FRENCH = (
    "L’ÉTÉ OÙ TOUT A COMMENCÉ",
    "LES ENFANTS DE LA MER ET DU VENT",
    "Qu’est-ce qu’on mange ce soir ?",
    "Le bulletin de nouvelles, suivi de la météo pour tout le Québec.",
    "« Il faut partir », dit-elle, mais personne ne l’écoute.",
    "Au cœur de la tempête, deux frères se retrouvent après vingt ans.",
    "Les Loups gris contre les Castors, en direct de l’aréna de Sedgeford.",
    "Comment les abeilles choisissent-elles leur reine?",
    "Pendant que Milo répare le moulin, les voisins préparent une fête.",
    "apres la guerre, un soldat rentre chez lui et cherche sa soeur",
    "Dans les coulisses d’un grand restaurant",
    "Ce que les arbres nous disent",
    "Série documentaire sur les métiers oubliés du Nord.",
    "Rénover une grange sans perdre son âme ni son argent.",
    "Cette equipe visite trois fermes de la vallee.",
    "Où sont passés les clowns?",
    "Jusqu'au bout du monde avec une vieille Jeep",
    "Deux policiers de Los Angeles aident la brigade de Lyon à retrouver une toile volée.",
)
SPANISH = (
    "EL VERANO EN QUE TODO EMPEZO PARA LOS HERMANOS",
    "¿Quién se llevó la campana?",
    "¡Que vivan los abuelos!",
    "Las noticias más importantes del día con Lorna Wexholt.",
    "La niña y el mar",
    "Un alcalde dispuesto a todo por salvar su teatro.",
    "Cómo las abejas eligen a su reina",
    "Mientras Milo arregla el molino, los vecinos preparan una fiesta.",
    "despues de la guerra, un soldado regresa y busca a su hermana",
    "Ella creía conocer a su esposo, pero no sabía nada.",
    "Serie documental sobre los oficios olvidados del norte.",
    "Recetas fáciles para toda la familia",
    "Nuestro equipo visita tres granjas del valle.",
    "Dos detectives de Los Ángeles buscan en Puerto Rico un cuadro que fue robado hace años.",
    "Begoña sueña con abrir una panadería cerca de la playa.",
    "¿Y ahora qué? Los concursantes tienen 24 horas para terminar.",
)
SHORT = """
?!… — “” | 2026 | 24/7 | TBA | News | Noticias | Téléjournal | Quillmere | Fútbol | La La La
La Mesa | El Dorado Vega | Los Robles at Las Lomas | El Gato / El Gato: El Gato
Le Mans vs. Des Moines | Notre Dame vs. Des Moines | Del Mar Downs, Casa Grande, Las Cruces
Señor Rook | Mañana | La Señorita Pickles | Crème Brûlée | Les Loups | Café de la Lune
Romance de la Luna | Wexmere at Ulmstow | Group C: Tarnwick vs. Brackley
Adda Fennmoor, Kip Rookdale, Íñigo Lundsea | JOSE DE LA TARN | Ein Hund für alle Fälle
Die Frau am See | O moinho e a filha do capitão | De la mano de Íñigo / On the road with Íñigo
Il mulino di Quillmere | Lux Aeterna et Gloria | Dona Nobis | Opera: Il Faro di Tarn | 東京の朝
Утро в деревне | Jazz Fusion Live | Hockey | Bachata Mix 3 | X & Y < Z | l'
"""
UNDECIDED = (
    *(text.strip() for text in SHORT.replace("\n", "|").strip("|").split("|")),
    "",
    " \n\t ",
    "El Cajete at El Cerro; El Portal vs. El Centro",
    "Begoña Zephworth; Noé Haskford; Maïa D’Ombrley",
    "Der Müller und die Königin suchen nach einem verlorenen Brief in der alten Stadt.",
    "Uma mulher volta para a ilha e descobre que não há mais ninguém no farol.",
    "Para cada um dos filhos, a mãe está a preparar uma festa no moinho.",
    "Todos os dias, uma família que vive sobre o mar conta como foi o seu dia.",
    "Lo chef e la sua squadra: una gara di cucina con tutti i sapori del mare.",
    "La vita di un pescatore su una barca, tra le isole e la terra.",
    "Con lo zio e la zia in una casa sul mare, Nino cerca la mamma.",
    "El pare i la mare no volen que la filla se'n vagi de casa amb el noi.",
    "An der See, so alt wie die Stadt, was man also hat in der Hand.",
    "The Keeper of the Light: Une gardienne de phare",
    "Las mil y una noches at the Opera, with music from the film",
    "C’est la vie, with Kip Rookdale: the last show",
    "El molino y la luna: un conte de la mer pour les enfants",
    "Una donna torna sull’isola e non trova più nessuno nella casa del fratello.",
    "De man die alles over het dorp wist, is van de dijk gevallen.",
    "Flickan som bodde på en ö och inte ville åka hem",
    "Una dona torna a l’illa amb els seus fills i no troba ningú.",
)
TABLE = {"en": ENGLISH, "fr": FRENCH, "es": SPANISH, "": UNDECIDED}
PROSE = ("en", "fr", "es")
# As typed in capitals, without accents.
PLAIN = str.maketrans("ÀÂÇÈÉÊÎÏÔÙÛÁÍÓÚÑŒ’", "AACEEEIIOUUAIOUNO'")


def filled(rng, language, template):
    """A template of the demo's words, filled in as the demo does it."""
    nouns = text_generator.LANGUAGES[language].nouns
    persons = [text_generator.person(rng).split() for _ in range(2)]
    words = {"place": text_generator.place(rng), "first": persons[0][0], "last": persons[0][1]}
    words.update(other=persons[1][0], last2=persons[1][1], noun=rng.choice(nouns))
    words.update(noun2=rng.choice(nouns), number=rng.randrange(40), year=rng.randrange(1950, 2020))
    return template.format(**words)


def filled_all(seed, language, kind):
    rng = random.Random(seed)
    return [
        filled(rng, language, row) for row in getattr(text_generator.LANGUAGES[language], kind) * 50
    ]


def sentences(rng, language, count):
    rows = text_generator.LANGUAGES[language].sentences
    return [filled(rng, language, rng.choice(rows)) for _ in range(count)]


def other_than(texts, *allowed):
    """The texts in none of the allowed languages."""
    return [text for text in texts if detect(text) not in allowed]


def test_texts_of_each_language_and_of_none():
    assert [other_than(texts, language) for language, texts in TABLE.items()] == [[], [], [], []]
    assert other_than([
        " ".join(text for language in PROSE for text in TABLE[language][:12]),  # in equal parts
        f"The night and the day, with {'Quillmere Ulmstow ' * 100}",  # mostly unknown words
        "los robles " * 20,  # in a short text each word counts once
    ], "") == []  # fmt: skip


def test_the_demos_texts_are_never_another_language():
    for language, kind in itertools.product(PROSE, ["titles", "episodes", "sentences"]):
        texts = filled_all(f"{language}/{kind}", language, kind)
        assert other_than(texts, language, "") == []
        if kind == "sentences":  # most are detected
            assert len(other_than(texts, language)) <= 0.15 * len(texts), language


def test_the_texts_of_a_station_together_have_its_language():
    for language in PROSE:
        seeds = [random.Random(f"{language}/{seed}") for seed in range(30)]
        assert other_than([" ".join(sentences(r, language, 12)) for r in seeds], language) == []
        assert detect(" ".join(TABLE[language]) * 200) == language


def test_a_few_programmes_in_another_language_do_not_change_a_station():
    for language, other in itertools.product(PROSE, PROSE):
        rng = random.Random(f"{language}/{other}")
        for _ in range(30):
            texts = sentences(rng, language, 36) + sentences(rng, other, 4)
            assert detect(" ".join(rng.sample(texts, 40))) == language, (language, other)


def test_capitals_without_accents_are_never_another_language():
    for language in PROSE:
        texts = [text.upper().translate(PLAIN) for text in TABLE[language]]
        assert other_than(texts, language, "") == []


def test_apostrophes_and_punctuation_do_not_matter():
    for language in PROSE:
        for change in (("’", "'"), ("'", "’")):
            assert other_than([text.replace(*change) for text in TABLE[language]], language) == []
        assert other_than([f'"({text}!"' for text in TABLE[language]], language) == []
