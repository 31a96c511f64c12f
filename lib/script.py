"""Entry point of the script: Kodi runs it for a menu, or for the action named by its argument."""

import sys

from gracenote2epg.kodi.ui.script import main

main(sys.argv[1:])
