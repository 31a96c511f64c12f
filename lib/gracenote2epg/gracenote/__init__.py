"""The source: Gracenote's public listings site, its addresses, answers and lineups."""
