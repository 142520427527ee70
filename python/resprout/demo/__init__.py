"""The demo: analyse real files under a supervised tree that heals."""
