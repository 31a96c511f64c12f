"""What is kept between runs: one SQLite file, and a small file of choices."""
