"""The other doorbell: Kodi runs this file for a menu, or for the action that its argument names."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from gracenote2epg.clock import SYSTEM  # only now: lib/ was not on the path before
from gracenote2epg.kodi.actions import main

main(sys.argv[1:], SYSTEM)
