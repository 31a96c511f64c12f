"""The source: Gracenote's public listings site, its addresses, answers and lineups."""

# Site partners ("aid") that the source has answered to, the latest proven first.
AFFILIATES = ("orbebb", "chi", "dishmex")
