"""Grafana dashboards: generated, so that they know every name and limit from where it is defined."""
