"""The channels that players have, and the stations of the source that they mean."""
