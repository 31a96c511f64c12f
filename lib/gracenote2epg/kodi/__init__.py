"""The Kodi add-on. Only this package imports xbmc*, and nothing heavy: Kodi is starting.

Two entry points: ``service.monitor`` runs as long as Kodi, ``ui.script`` as long as a dialog.
"""
