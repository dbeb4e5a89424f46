"""The dashboard of the monitoring itself: can the other dashboards be believed?"""

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards import foreign, variables
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.panels import ORANGE, RED, Frame, figure, lines
from telemetry.budgets.dashboards.promql import (
    BY_BUDGET,
    RECORDED_SERVICE,
    SERVICE,
    chosen,
    counter,
    highest,
    or_zero,
    rate,
    total,
)
from telemetry.budgets.dashboards.query import Query
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.dashboards.sdk import dashboard
from telemetry.budgets.dashboards.sheet import Section, Sheet
from telemetry.budgets.dashboards.units import Unit


def sheet(_scene: Scene) -> Sheet:
    """The dashboard."""
    return Sheet(
        Uid.TELEMETRY,
        "Candid: telemetry",
        "Can the other dashboards be believed? What was lost, left out or refused.",
        (variables.JOB, variables.INSTANCES),
        (
            Section("Now", (_up(), _missing(), _failures_now(), _exemplars())),
            Section("In the service", (_failures(), _unknown(), _dropped(), _kept(), _outside(), _scrapes())),
            Section("Collector", (_spans(), _lost(), _queue(), _decisions())),
            Section("Prometheus", (_rules(), _rule_failures())),
        ),
    )


def _up() -> dashboard.Panel:
    frame = Frame(
        "Instances that answer", "Fewer than were started: the budgets do not see the others. Look at their logs.", 6, 4
    )
    queries = [
        Query.now(or_zero(f"sum({chosen(foreign.UP, SERVICE)})"), "answer"),
        Query.now(or_zero(f"count({chosen(foreign.UP, SERVICE)})"), "of"),
    ]
    return figure(frame, queries, Unit.PLAIN)


def _missing() -> dashboard.Panel:
    frame = Frame(
        "Budgets without figures",
        "Budgets of the rules that no process exposes. Above 0: rules and service were made from different budget"
        " files; build the rules again, or deploy the service.",
        6,
        4,
    )
    # Of requests that no route serves, only the usual methods are exposed before the first.
    known = f'{names.LABEL_ROUTE}!="{names.ROUTE_UNMATCHED}"'
    expected = highest(chosen(recorded.ALLOWED, RECORDED_SERVICE, known), BY_BUDGET)
    exposed = highest(chosen(names.METRIC_BUDGET_LIMIT, SERVICE), BY_BUDGET)
    missing = or_zero(f"count({expected} unless {exposed})")
    return figure(frame, [Query.now(missing, "missing")], Unit.PLAIN, ((1, RED),))


def _failures_now() -> dashboard.Panel:
    frame = Frame(
        "Failures inside telemetry",
        "In the range shown; the application did not notice. The log of the service has the first of each kind:"
        " report it.",
        6,
        4,
    )
    failures = or_zero(total(f"increase({chosen(counter(names.METRIC_INTERNAL_ERRORS), SERVICE)}[$__range])"))
    return figure(frame, [Query.now(failures, "failures")], Unit.COUNT, ((1, RED),))


def _exemplars() -> dashboard.Panel:
    frame = Frame(
        "Exemplars that Prometheus holds",
        "0: no dot leads to a trace. Prometheus needs --enable-feature=exemplar-storage, and the service has to trace.",
        6,
        4,
    )
    return figure(frame, [Query.now(or_zero(f"sum({foreign.EXEMPLARS})"), "exemplars")], Unit.COUNT)


def _failures() -> dashboard.Panel:
    frame = Frame("Failures inside telemetry by part", "Normally nothing. A part that fails leaves its figures out.")
    failures = total(rate(counter(names.METRIC_INTERNAL_ERRORS), SERVICE), (names.LABEL_PART,))
    return lines(frame, [Query.over_time(failures, f"{{{{{names.LABEL_PART}}}}}")], Unit.PER_SECOND)


def _unknown() -> dashboard.Panel:
    frame = Frame(
        "Requests with a figure left out",
        "By reason; such requests are in no budget of that figure. The log of the service says for each reason where it"
        " was seen first and what helps.",
    )
    unknown = total(rate(counter(names.METRIC_UNKNOWN_FIGURES), SERVICE), (names.LABEL_REASON,))
    return lines(frame, [Query.over_time(unknown, f"{{{{{names.LABEL_REASON}}}}}")], Unit.REQUESTS_PER_SECOND)


def _dropped() -> dashboard.Panel:
    frame = Frame(
        "Held back",
        "Custom timings that the header does not show, and lines of the budget log beyond a few a minute for each"
        " route. Fewer names of timings help with the former.",
    )
    timings = total(rate(counter(names.METRIC_DROPPED_TIMINGS), SERVICE), (names.LABEL_REASON,))
    held_back = or_zero(total(rate(counter(names.METRIC_BUDGET_LINES_HELD_BACK), SERVICE)))
    queries = [
        Query.over_time(timings, f"timings: {{{{{names.LABEL_REASON}}}}}"),
        Query.over_time(held_back, "lines of the budget log"),
    ]
    return lines(frame, queries, Unit.PER_SECOND)


def _kept() -> dashboard.Panel:
    frame = Frame(
        "Traces kept because of a breach",
        "Traces that the share of sampling left out, and that were kept all the same. held back: more a minute than"
        " TELEMETRY_KEPT_TRACES_PER_MINUTE allows. lost spans: the exporter could not take them.",
    )
    lost = total(rate(counter(names.METRIC_KEPT_SPANS_LOST), SERVICE), (names.LABEL_REASON,))
    queries = [
        Query.over_time(total(rate(counter(names.METRIC_KEPT_TRACES), SERVICE)), "kept"),
        Query.over_time(total(rate(counter(names.METRIC_KEPT_TRACES_HELD_BACK), SERVICE)), "held back"),
        Query.over_time(lost, f"lost spans: {{{{{names.LABEL_REASON}}}}}"),
    ]
    return lines(frame, queries, Unit.PER_SECOND)


def _outside() -> dashboard.Panel:
    frame = Frame(
        "Queries outside requests",
        "Of jobs and websockets; they are in no budget of a route. More than a few: budget the job, or bind its work to"
        " the request that it is for.",
    )
    outside = total(rate(counter(names.METRIC_OUTSIDE_STATEMENTS), SERVICE))
    return lines(frame, [Query.over_time(outside, "outside requests")], Unit.PER_SECOND)


def _scrapes() -> dashboard.Panel:
    frame = Frame(
        "Time of a scrape",
        "Near the scrape interval samples get lost. It grows with the number of series: too many routes, namespaces or"
        " dead workers.",
    )
    return lines(frame, [Query.over_time(chosen(foreign.SCRAPE_SECONDS, SERVICE), "{{instance}}")], Unit.SECONDS)


def _spans() -> dashboard.Panel:
    frame = Frame(
        "Spans through the Collector",
        "What came and what went on to Jaeger: less, as only a share of the traces is kept.",
    )
    queries = [
        Query.over_time(total(rate(foreign.SPANS_ACCEPTED)), "accepted"),
        Query.over_time(or_zero(total(rate(foreign.SPANS_SENT))), "sent to Jaeger"),
    ]
    return lines(frame, queries, Unit.PER_SECOND)


def _lost() -> dashboard.Panel:
    frame = Frame(
        "Spans lost or refused",
        "Normally 0. refused: the Collector is out of memory, senders keep theirs. not queued: its disk is full."
        " given up: Jaeger was away too long.",
    )
    queries = [
        Query.over_time(or_zero(total(rate(foreign.SPANS_REFUSED))), "refused"),
        Query.over_time(or_zero(total(rate(foreign.SPANS_ENQUEUE_FAILED))), "not queued"),
        Query.over_time(or_zero(total(rate(foreign.SPANS_SEND_FAILED))), "given up"),
    ]
    return lines(frame, queries, Unit.PER_SECOND)


def _queue() -> dashboard.Panel:
    frame = Frame(
        "Queue to Jaeger", "On the disk of the Collector. It grows while Jaeger is away; at its limit spans are lost."
    )
    queries = [
        Query.over_time(f"sum({foreign.QUEUE_SIZE})", "waiting"),
        Query.over_time(f"sum({foreign.QUEUE_CAPACITY})", "limit"),
    ]
    return lines(frame, queries, Unit.BYTES)


def _decisions() -> dashboard.Panel:
    frame = Frame(
        "Traces kept and left out",
        "sampled=true are kept: all over budget, all failed, a share of the rest. dropped too early: the Collector"
        " holds too few traces for the traffic; raise num_traces.",
    )
    queries = [
        Query.over_time(total(rate(foreign.TRACES_DECIDED), (foreign.LABEL_SAMPLED,)), "sampled={{sampled}}"),
        Query.over_time(or_zero(total(rate(foreign.TRACES_DROPPED_EARLY))), "dropped too early"),
    ]
    return lines(frame, queries, Unit.PER_SECOND)


def _rules() -> dashboard.Panel:
    frame = Frame(
        "Time to evaluate the rules", "By group. Near its interval, alerts come late: fewer budgets, or a faster disk."
    )
    seconds = f"{highest(foreign.RULE_GROUP_SECONDS, ('rule_group',))}"
    interval = f"min({foreign.RULE_GROUP_INTERVAL_SECONDS})"
    queries = [Query.over_time(seconds, "{{rule_group}}"), Query.over_time(interval, "limit: shortest interval")]
    return lines(frame, queries, Unit.SECONDS)


def _rule_failures() -> dashboard.Panel:
    frame = Frame(
        "Rules that failed, alerts not delivered", "Normally 0. Above it alerts are missing: look at Prometheus' log."
    )
    queries = [
        Query.over_time(total(rate(foreign.RULE_FAILURES)), "failed rules"),
        Query.over_time(total(rate(foreign.NOTIFICATIONS_DROPPED)), "alerts not delivered"),
    ]
    return lines(frame, queries, Unit.PER_SECOND, thresholds=((0.001, ORANGE),))
