"""Names that the add-on and Kodi share. Nothing is imported here."""

PROPERTY = "gracenote2epg.run"  # of the home window, for skins: what the run does
HOME = 10000  # the home window

ADDON_ID = "service.gracenote2epg"
LONGEST = 3600.0  # seconds of one wait: the clock may be set, and sleep counts in no wait
STATE, NEXT = "state.json", "next"  # files of the profile; see state_file.py
