"""Every name that leaves the process: span attributes, metrics, labels, header entries, environment variables."""

from typing import Final

# Keys under which the record of a request travels.
SCOPE_KEY: Final = "candid.record"

# Instrumentation scopes. A Redis cluster client's spans carry no `db.system`,
# so spans are told apart by their scope, never by that attribute.
# https://github.com/open-telemetry/opentelemetry-python-contrib/issues/2505
SCOPE_SQLALCHEMY: Final = "opentelemetry.instrumentation.sqlalchemy"
SCOPE_REDIS: Final = "opentelemetry.instrumentation.redis"
SCOPE_SERVER: Final = "candid"

# Span attributes set on the SERVER span of a request.
ATTRIBUTE_DB_DURATION: Final = "performance.db.duration_seconds"
ATTRIBUTE_DB_QUERIES: Final = "performance.db.queries"
ATTRIBUTE_DB_SUM: Final = "performance.db.sum_seconds"
ATTRIBUTE_PHASES: Final = {
    "pool_wait": "performance.db.pool_wait_seconds",
    "fetch": "performance.db.fetch_seconds",
    "transaction": "performance.db.transaction_seconds",
    "streaming": "performance.streaming_seconds",
    "redis": "performance.redis.duration_seconds",
}
ATTRIBUTE_CACHE_STATUS: Final = "performance.cache.status"
ATTRIBUTE_UNKNOWN: Final = "performance.unknown"
ATTRIBUTE_REPEATED: Final = "performance.repeated_queries"
ATTRIBUTE_REPEATED_STATEMENTS: Final = "performance.repeated_queries.statements"
ATTRIBUTE_REPEATED_COUNTS: Final = "performance.repeated_queries.counts"
ATTRIBUTE_REPEATED_SECONDS: Final = "performance.repeated_queries.durations_seconds"
ATTRIBUTE_REPEATED_SOURCES: Final = "performance.repeated_queries.sources"
ATTRIBUTE_LATE_DURATION: Final = "performance.late.duration_seconds"
ATTRIBUTE_LATE_QUERIES: Final = "performance.late.db.queries"
ATTRIBUTE_LATE_DB_SUM: Final = "performance.late.db.sum_seconds"
ATTRIBUTE_BUDGET_BREACHED: Final = "performance.budget.breached"
ATTRIBUTE_BUDGET_OVER: Final = "performance.budget.over"

# Prometheus: names as they are registered; a counter's `_total` is added by the client.
METRIC_DURATION: Final = "http_server_request_duration_seconds"
METRIC_DB_DURATION: Final = "http_server_request_db_duration_seconds"
METRIC_DB_QUERIES: Final = "http_server_request_db_queries"
METRIC_DB_SUM_SECONDS: Final = "http_server_request_db_sum_seconds"
METRIC_PHASE_SECONDS: Final = "http_server_request_phase_seconds"
METRIC_REPEATED_QUERIES: Final = "http_server_request_repeated_queries"
METRIC_LATE_SECONDS: Final = "http_server_request_late_seconds"
METRIC_LATE_QUERIES: Final = "http_server_request_late_db_queries"
METRIC_CACHE_REQUESTS: Final = "cache_requests"
METRIC_INTERNAL_ERRORS: Final = "telemetry_internal_errors"
METRIC_UNKNOWN_FIGURES: Final = "telemetry_unknown_figures"
METRIC_DROPPED_TIMINGS: Final = "telemetry_dropped_timings"
METRIC_OUTSIDE_STATEMENTS: Final = "telemetry_statements_outside_requests"
METRIC_SERVICE_INFO: Final = "telemetry_service_info"
METRIC_BUDGET_EVENTS: Final = "performance_budget_events"
METRIC_BUDGET_OVER: Final = "performance_budget_over"
METRIC_BUDGET_LIMIT: Final = "performance_budget_limit"
METRIC_BUDGET_LINES_HELD_BACK: Final = "telemetry_budget_log_lines_held_back"

# Read by prometheus_client when it is imported: where several processes write their metrics.
ENVIRON_MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
METRIC_KEPT_TRACES: Final = "telemetry_kept_traces"
METRIC_KEPT_TRACES_HELD_BACK: Final = "telemetry_kept_traces_held_back"
METRIC_KEPT_SPANS_LOST: Final = "telemetry_kept_spans_lost"
# Of exemplars. https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars
EXEMPLAR_TRACE_ID: Final = "trace_id"

LABEL_METHOD: Final = "http_request_method"
LABEL_ROUTE: Final = "http_route"
LABEL_STATUS: Final = "http_response_status_code"
LABEL_CACHE_NAMESPACE: Final = "cache_namespace"
LABEL_CACHE_RESULT: Final = "cache_result"
LABEL_PHASE: Final = "phase"
LABEL_BUDGET: Final = "budget"
LABEL_LIMIT: Final = "limit"
LABEL_PART: Final = "part"
LABEL_REASON: Final = "reason"
LABEL_SERVICE_VERSION: Final = "service_version"

ROUTE_UNMATCHED: Final = "unmatched"

# https://opentelemetry.io/docs/specs/semconv/http/http-spans/ (http.request.method)
METHOD_OTHER: Final = "_OTHER"
KNOWN_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)

# https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
DURATION_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
# https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#metric-dbclientoperationduration
DB_DURATION_BUCKETS_SECONDS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
# Counts that people budget for are small; the tail only has to be told apart roughly.
DB_QUERIES_BUCKETS: Final = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 100, 200, 500, 1000)

# A namespace is chosen in code, so there are few; past this many something is wrong and the rest share one label.
MAX_CACHE_NAMESPACES: Final = 100
# It is part of names in Redis and stands in budget files.
CACHE_NAMESPACE_SIGNS: Final = "a-z0-9_-"
MAX_CACHE_NAMESPACE_LENGTH: Final = 64
NAMESPACE_OTHER: Final = "_other"
