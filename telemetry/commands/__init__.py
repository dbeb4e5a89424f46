"""The commands of `python -m telemetry`: arguments and exit codes, no logic."""
