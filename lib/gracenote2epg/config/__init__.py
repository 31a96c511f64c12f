"""Every setting once: what it may hold, where its value comes from, where files are."""
