"""The other doorbell: Kodi runs this file for a menu, or for the action that its argument names."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from gracenote2epg.kodi.actions import main  # only now: lib/ was not on the path before

main(sys.argv[1:])
