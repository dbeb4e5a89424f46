"""The actions of `python -m telemetry budgets`, one file each."""
