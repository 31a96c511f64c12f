"""``--demo``: a command against a made-up source."""

import dataclasses
import os
import shutil

from ..clock import Clock
from ..config.keeper import FileKeeper
from ..config.saving import save
from ..config.settings import Config, all_settings, as_text
from ..errors import GrabError
from .commands import COMMANDS, download
from .options import Command
from .serve import serve
from .stdio import print_out


def run_demo(settings: Config, command: Command, clock: Clock) -> int:
    """Run the command against the made-up source, in an empty data directory; before a command that
    shows a guide, make one. Return the exit code; raises GrabError."""
    try:
        from ..demo.server import DemoServer
        from ..demo.world import World
    except ModuleNotFoundError:
        what = "The made-up source of --demo is not part of the Kodi add-on"
        raise GrabError(what, "Run --demo from a checkout of the sources") from None
    folder = os.path.join(settings.data_dir, "gracenote2epg-demo")  # which is deleted
    shutil.rmtree(folder, ignore_errors=True)
    path = settings.output if "output" in settings.origins else os.path.join(folder, "xmltv.xml")
    shows_guide = command.action in ("health", "tonight")
    days = settings.days if "days" in settings.origins else 1 if shows_guide else 3
    is_grab = command.action == "grab"
    visible = not settings.quiet and settings.output != "-"
    latency = 0.13  # seconds, as measured on the real service
    with DemoServer(World(now=clock.now), latency) as server:
        demo = dataclasses.replace(
            settings,
            base_url=server.url,
            data_dir=folder,
            postal_code="90210",
            days=days,
            lineup=(),
            channels=(),
            channels_from="",
            ids_from="",
            tvh_url="",
            tvh_filter=False,
            notify=(),
            affiliate=Config.affiliate,
            offline=False,
            output=path,
            details=settings.details and command.action != "tonight",
        )
        if visible and is_grab:
            count = f"{days} day{'s' if days > 1 else ''}"
            print_out(f"Grabbing {count} of a made-up guide from {server.url}.")
        if shows_guide:
            download(demo, clock)
        if command.action == "serve":
            code = serve(_keeper(demo, clock), clock)
        else:
            code = COMMANDS[command.action](demo, command, clock)
    if visible and is_grab:
        print_out(
            "\nFor your own guide, with your ZIP or postal code (once: pipx install .):\n"
            "  gracenote2epg 90210                   (or: python -m gracenote2epg 90210)\n"
            "  gracenote2epg 90210 --find-lineups    for cable and satellite"
        )
    return code


def _keeper(demo: Config, clock: Clock) -> FileKeeper:
    """These settings in a file of the demo's own, so that all of them can be tried on the page."""
    values = {
        row.name: as_text(getattr(demo, row.name))
        for row in all_settings()
        if getattr(demo, row.name) != row.default
    }
    file = os.path.join(demo.data_dir, "demo.conf")
    save(file, values, clock.now())
    return FileKeeper({}, {"HOME": demo.data_dir}, file, {}, clock)
