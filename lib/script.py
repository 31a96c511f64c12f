"""The other doorbell: Kodi runs this file for a menu, or for the action that its argument names."""

import sys

from gracenote2epg.kodi.ui.script import main

main(sys.argv[1:])
