"""The guide: made out of stored answers, published, graded, compared and kept."""
