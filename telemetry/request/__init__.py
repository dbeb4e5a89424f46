"""One request: what is tallied while it runs, and the frozen result. Knows no framework."""
