"""Unit tests for the rules of a budget file, which `promtool test rules` runs."""
