"""Why the guide is empty: checks from the source to the screen, and the remedies."""
