"""What players make of a guide: a model of each, and one table of what a person should see there.

A model is written from what the player's source or its users say, named beside each rule; none of
its code is here. It has:

NAME, PROFILE, ABOUT   for docs/players.md
link(names, channel)   the ids of the guide's channels whose programmes the player's channel shows
seen(programme)        what the player shows of a <programme>, by the names in reading.FIELDS
item(programme)        by what it knows two showings as one, "" = each showing is a programme
best(wanted)           what a person should see, as far as the player has a place for it

Sources: content-and-channels (review of the players' import code), xmltv, tvheadend, kodi (the
reference), each with the section.
"""
