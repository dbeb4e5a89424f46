"""What telemetry costs: CPU time per request against the bare application and against what people use today."""
