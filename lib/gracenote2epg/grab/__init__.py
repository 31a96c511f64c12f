"""One run, from the settings to the published guide."""
