"""The Kodi add-on. Only this package imports xbmc*, and nothing heavy: Kodi is starting.

Two ways in: ``service.monitor`` runs as long as Kodi, ``ui.script`` for the length of a dialogue.
"""
