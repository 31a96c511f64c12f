"""The questions of the set-up, one engine for all its faces: Kodi, a terminal, the page."""
