"""Entry point of the service: Kodi runs it once, for as long as Kodi runs."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from gracenote2epg.clock import SYSTEM  # only now: lib/ was not on the path before
from gracenote2epg.kodi.service.monitor import main

main(SYSTEM)
