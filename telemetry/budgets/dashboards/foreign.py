"""Metrics of other programs that the dashboards read, under the names that those give them."""

from typing import Final

# https://prometheus.io/docs/concepts/jobs_instances/
UP: Final = "up"
SCRAPE_SECONDS: Final = "scrape_duration_seconds"
# https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
ALERTS: Final = "ALERTS"

# Prometheus about itself: https://github.com/prometheus/prometheus/tree/main/documentation/prometheus-mixin
RULE_FAILURES: Final = "prometheus_rule_evaluation_failures_total"
RULE_GROUP_SECONDS: Final = "prometheus_rule_group_last_duration_seconds"
RULE_GROUP_INTERVAL_SECONDS: Final = "prometheus_rule_group_interval_seconds"
EXEMPLARS: Final = "prometheus_tsdb_exemplar_exemplars_in_storage"
NOTIFICATIONS_DROPPED: Final = "prometheus_notifications_dropped_total"

# The Collector about itself; read by its own exporter these have no `_total`.
# https://opentelemetry.io/docs/collector/internal-telemetry/
SPANS_ACCEPTED: Final = "otelcol_receiver_accepted_spans"
SPANS_REFUSED: Final = "otelcol_receiver_refused_spans"
SPANS_SENT: Final = "otelcol_exporter_sent_spans"
SPANS_SEND_FAILED: Final = "otelcol_exporter_send_failed_spans"
SPANS_ENQUEUE_FAILED: Final = "otelcol_exporter_enqueue_failed_spans"
QUEUE_SIZE: Final = "otelcol_exporter_queue_size"
QUEUE_CAPACITY: Final = "otelcol_exporter_queue_capacity"
TRACES_DECIDED: Final = "otelcol_processor_tail_sampling_global_count_traces_sampled"
TRACES_DROPPED_EARLY: Final = "otelcol_processor_tail_sampling_sampling_trace_dropped_too_early"
LABEL_SAMPLED: Final = "sampled"

#: All that the Collector names; its job is none of `$job`.
COLLECTOR: Final = frozenset(
    {
        SPANS_ACCEPTED,
        SPANS_REFUSED,
        SPANS_SENT,
        SPANS_SEND_FAILED,
        SPANS_ENQUEUE_FAILED,
        QUEUE_SIZE,
        QUEUE_CAPACITY,
        TRACES_DECIDED,
        TRACES_DROPPED_EARLY,
    }
)
#: All that Prometheus says of itself, under a job of its own.
PROMETHEUS: Final = frozenset(
    {RULE_FAILURES, RULE_GROUP_SECONDS, RULE_GROUP_INTERVAL_SECONDS, EXEMPLARS, NOTIFICATIONS_DROPPED}
)
