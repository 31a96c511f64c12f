"""Small helpers that know no setting and no other part of this package."""
