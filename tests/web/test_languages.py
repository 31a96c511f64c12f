"""The page in French and in Spanish, in Chromium: also what the library tells."""

import contextlib
import functools
import re
import threading

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM
from gracenote2epg.downloader import events, monitor
from gracenote2epg.downloader.adaptive import AdaptiveStrategy, Sample
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.errors import RequestRefused
from gracenote2epg.gracenote.tasks import GUIDE
from gracenote2epg.web import app
from gracenote2epg.web.sessions import Sessions
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import CHROMIUM, Browser, free_port

CODE = "K7MPQRST"
ENGLISH = re.compile(r"(?i)\b(the|is|are|was|not|of|with|your|this|from|and|allowed|to|run|it)\b")
WORDS = {
    "fr": {
        "code": "Ce n'est pas le bon code. Il est dans le journal",
        "mistake": r"La clé « colour » \(.*my\.conf, ligne \d+\) : ce n'est pas permis\. Permis",
        "refused": "Le site des programmes nous prend pour un robot. Attendez quelques heures",
        "doctor": "Site des programmes : Le site des programmes nous prend pour un robot",
        "tvheadend": "Tvheadend est injoignable à l'adresse http://127.0.0.1:1",
        "days": "Jours de programmes : « 99 » n'est pas permis. Permis : un nombre entier de 1 à",
        "postal": "Code postal : « geheim » n'est pas permis. Permis : un ZIP américain",
        "slow": "127.0.0.1 ne répond pas. Nouvel essai à",
        "elsewhere": r"^Un autre navigateur ou onglet a commencé .* se termine alors\.$",
        "advice": "Les détails des séries sont désactivés",
        "story": r"Guide : \d+ téléchargements? (simultanés|à la fois), requêtes par seconde :"
        r" [\d,]+ \(.*le site a refusé une requête\)"
        r".*Le site des programmes nous refuse : un seul essai dans \d+ s",
        "choices": "Prudente Équilibrée Agressive Automatique",
        "gone": r"gracenote2epg ne répond pas \(pas de connexion\)",
        "one": "^1 chaîne sur 3 est trouvée dans l'offre. 0 chaîne 2 chaînes$",
    },
    "es": {
        "code": "Ese no es el código. Está en el registro",
        "mistake": r"La clave «colour» \(.*my\.conf, línea \d+\): esto no está permitido\.",
        "refused": "El sitio de programas nos toma por un robot. Espere unas horas",
        "doctor": "Sitio de programas: El sitio de programas nos toma por un robot",
        "tvheadend": "No se puede llegar a Tvheadend en http://127.0.0.1:1",
        "days": "Días de programación: «99» no está permitido. Permitido: un número entero de 1 a",
        "postal": "Código postal: «geheim» no está permitido. Permitido: un ZIP de EE. UU.",
        "slow": "127.0.0.1 no responde. Se reintenta a las",
        "elsewhere": r"^Otro navegador u otra pestaña ha empezado .* termina entonces\.$",
        "advice": "Los detalles de las series están desactivados",
        "story": r"Guía: \d+ descargas? (simultáneas|a la vez), peticiones por segundo: [\d,]+"
        r" \(.*el sitio rechazó una petición\)"
        r".*El sitio de programas nos rechaza: un solo intento en \d+ s",
        "choices": "Prudente Equilibrada Agresiva Automática",
        "gone": r"gracenote2epg no responde \(sin conexión\)",
        "one": "^1 de 3 canales tiene una cadena. 0 cadenas 2 cadenas$",
    },
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)"),
]


class Page:
    """A page in a browser of a language. words: what it is to say, by place."""

    def __init__(self, browser, address, words):
        self.browser, self._address, self.words = browser, address, words

    def open(self, view, ready="true"):
        self.browser.open("about:blank")
        self.browser.open(f"{self._address}#{view}", ready)

    def text(self, selector):
        """What stands there, with plain spaces."""
        shown = self.browser.run(f"document.querySelector({selector!r}).innerText")
        return re.sub(r"\s+", " ", shown)

    def check(self, selector, *names):
        """These words stand there, and none of the library's English."""
        text = self.text(selector)
        missing = [name for name in names if not re.search(self.words[name], text)]
        left = ENGLISH.findall(re.sub(r"/\S*", "", text))  # but in paths
        assert (missing, left) == ([], [])


def after_a_refusal():
    """The statistics of a run that is refused at its first request."""
    strategy, now = AdaptiveStrategy(STRATEGIES["auto"][GUIDE]), SYSTEM.monotonic()
    slower = strategy.decide(strategy.first(), Sample(finished=1, refused=1))
    story = (
        events.Began(now, GUIDE, 9, strategy.first(), 6, 5.0),
        events.BreakerTripped(now, "HTTP 403", now + 10),
        events.PaceChanged(now, GUIDE, slower),
    )
    return functools.reduce(monitor.apply, story, monitor.Statistics())


@pytest.fixture(name="page", scope="module", params=sorted(WORDS))
def _page(request, tmp_path_factory):
    """After a good run and a refused one, with a mistake in the config file."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(FakeGracenote(World(8, 24)))
        folder = tmp_path_factory.mktemp("data")
        given = {"monitoring_port": free_port(), "min_interval": 0, "tvh_url": "http://127.0.0.1:1"}
        first = RunStatus(guides.settings(server, folder), SYSTEM)
        first.run(threading.Event(), lambda statistics: None)
        settings = guides.settings(server, folder, days=2, **given)
        server.faults.refuse(403)
        with pytest.raises(RequestRefused):
            RunStatus(settings, SYSTEM).run(threading.Event(), lambda statistics: None)
        keeper = guides.keeper(settings, SYSTEM)
        with open(keeper._file, "a", encoding="utf-8") as file:
            file.write("colour=red\n")
        status = RunStatus(settings, SYSTEM, keeper.read().mistakes)
        status._statistics = after_a_refusal()
        sessions = Sessions(lambda: CODE, lambda: None, SYSTEM)
        web = stack.enter_context(
            app.PageServer(status, app.Controls(keeper, sessions, lambda: None))
        )
        flags = (f"--accept-lang={request.param}",)
        browser = stack.enter_context(Browser(tmp_path_factory.mktemp("browser"), flags=flags))
        yield Page(browser, f"http://127.0.0.1:{web.port}/", WORDS[request.param])


def test_a_wrong_code(page):
    page.open("settings", "at('code').open")
    page.browser.run("at('code-input').value = 'WRONG', at('code-form').requestSubmit()")
    page.browser.wait("at('code-error').textContent")
    page.check("#code-error", "code")
    page.browser.run(f"change('/session', {{code: {CODE!r}}})")


def test_now_with_a_refused_run_and_a_mistake(page):
    page.open("now", "at('sentence-more').textContent")
    page.check("#state", "mistake", "refused")


def test_the_doctor_with_a_failing_check(page):
    page.browser.run("askDoctor()")
    page.browser.wait("at('doctor-steps').children.length")
    page.check("#doctor", "doctor", "tvheadend")


def test_a_wrong_value_in_the_settings(page):
    page.open("settings", "document.querySelectorAll('.setting').length > 40")
    page.browser.run(
        "document.querySelectorAll('#settings-list details').forEach(group => group.open = true),"
        "at('setting-days').value = '99', at('setting-days').dispatchEvent(new Event('input')),"
        "saveSettings()"
    )
    page.browser.wait("at('error-days').textContent")
    page.check("#view-settings", "days")


def test_a_refused_answer_in_the_set_up(page):
    page.open("setup", "document.querySelector('#setup-body input')")
    page.browser.run("at('setup-form').requestSubmit()")
    page.browser.wait("document.querySelector('#setup-body input.field')")
    page.browser.run(
        "document.querySelector('#setup-body input').value = 'geheim',"
        "at('setup-form').requestSubmit()"
    )
    page.browser.wait("at('setup-error').textContent")
    page.check("#setup-form", "postal")


def test_a_set_up_that_ends_elsewhere_after_an_error_says_so_and_waits(page):
    slow = "error_said: [['error_slow', {host: '127.0.0.1'}]], error: 'It is slow.', again: true"
    page.browser.run(
        f"change = async () => ({{id: 'x', step: 'lineup', {slow}}}), goOn('/setup/answer', {{}})"
    )
    page.check("#setup-error", "slow")
    page.browser.run("change = async () => ({ended: 'elsewhere'}), goOn('/setup/answer', {})")
    page.check("#setup-error", "elsewhere")


def test_the_advice_and_the_history(page):
    page.open("health", "at('advice').children.length")
    page.check("#advices", "advice")
    page.open("changes", "document.querySelector('#history td')")
    page.check("#history", "refused")


def test_the_story_of_the_downloads(page):
    page.open("details", "document.querySelector('#decisions li')")
    page.check("#decisions", "story")


def test_the_choices_of_a_setting(page):
    page.open("settings", "document.getElementById('setting-worker_strategy')")
    page.browser.run("document.querySelectorAll('details').forEach(group => group.open = true)")
    page.check("#setting-worker_strategy", "choices")
    page.browser.run("at('setting-worker_strategy').value = 'auto'")


def test_one_and_none(page):
    page.browser.run(
        "at('settings-done').textContent = [text('matched', {count: 1, all: 3}),"
        " ...[0, 2].map(count => text('stations_count', {count}))].join(' ')"
    )
    page.check("#settings-done", "one")


def test_no_connection(page):
    page.browser.run("window.fetch = async () => { throw new TypeError('Failed to fetch') }; 0")
    page.browser.run("asked = {id: 'x', step: ''}, poll(), goOn('/setup/answer', {})")
    page.browser.wait("at('setup-error').textContent")
    page.check("#lost", "gone")
    page.check("#setup-error", "gone")
