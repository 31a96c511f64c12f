"""gracenote2epg: Gracenote's public TV listings as an XMLTV guide."""

__version__ = "3.0.0"
GRABBER = "tv_grab_gracenote2epg"
