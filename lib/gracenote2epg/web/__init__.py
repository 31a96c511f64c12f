"""Statistics, the page and the guide over HTTP, for this machine or the home network."""
