"""The Kodi add-on. Only this package imports xbmc*, and nothing heavy: Kodi is starting.

Two ways in: ``service`` runs as long as Kodi, ``actions`` for the length of a dialogue.
"""
