"""The Kodi add-on. Only this package imports xbmc*, and nothing heavy: Kodi is starting."""

from .service import Service


def main() -> None:
    """Serve until Kodi quits."""
    Service().run()
