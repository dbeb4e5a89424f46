"""Real servers for tests: private, on free ports, in directories of their own, started when a test first asks."""
