"""``python -m gracenote2epg``: a doorbell."""

from .cli import run

run()
