"""What runs as long as Kodi: the scheduler, its runs, and what they show."""
