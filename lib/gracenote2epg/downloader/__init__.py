"""The download system: one coordinator, workers that only fetch."""
