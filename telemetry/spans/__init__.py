"""Makes OpenTelemetry emit spans, and finds out whose time each one was."""
