"""What is read from a Prometheus, or from a metrics page."""
