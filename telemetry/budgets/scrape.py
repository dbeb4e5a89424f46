"""Configuration of Prometheus for the rules of a budget file."""

from typing import Any

from telemetry.budgets.generated import yaml_text
from telemetry.budgets.windows import Schedule, promql_duration


def prometheus_text(job: str, schedule: Schedule, rules_file: str, source: str) -> str:
    """The configuration as a file for Prometheus.

    Args:
        job: The service.
        schedule: Of its alerts.
        rules_file: Name of the rules beside it.
        source: The budget file.
    """
    return yaml_text(
        prometheus_config(schedule, rules_file),
        source,
        # It keeps 15 days by default, and says nothing when a window is longer.
        f"start Prometheus with --storage.tsdb.retention.time={schedule.window.days + 7}d: window and a week",
        f'what is scraped stands in targets/*.yml: - targets: ["HOST:PORT"], labels: {{job: {job}}}',
        'who takes alerts stands in alertmanagers/*.yml: - targets: ["HOST:9093"]',
    )


def prometheus_config(schedule: Schedule, rules_file: str) -> dict[str, Any]:
    """The configuration, as YAML holds it; where things run is in other files, as it differs from place to place.

    Args:
        schedule: Of the alerts.
        rules_file: Name of the rules beside it.

    Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
    """
    return {
        "global": {
            "scrape_interval": promql_duration(schedule.scrape),
            "evaluation_interval": promql_duration(schedule.evaluation),
        },
        "rule_files": [rules_file],
        "alerting": {"alertmanagers": [{"file_sd_configs": [{"files": ["alertmanagers/*.yml"]}]}]},
        # The targets say themselves which job they are.
        "scrape_configs": [{"job_name": "targets", "file_sd_configs": [{"files": ["targets/*.yml"]}]}],
    }
