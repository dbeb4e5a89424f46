"""Says what telemetry sees of an application and what it does not, from one request served in this process."""
