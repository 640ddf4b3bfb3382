"""The presentation room: one number store becomes one page in Korean, English or French."""
