"""Tables: one row for each route or budget, worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telemetry.budgets.dashboards.panels import CLEAR, Frame, Threshold, stepped
from telemetry.budgets.dashboards.query import Query, ref_id
from telemetry.budgets.dashboards.sdk import common, dashboard, table
from telemetry.budgets.dashboards.units import Unit


@dataclass(frozen=True, slots=True)
class Label:
    """A column that a label fills.

    Attributes:
        name: The label.
        heading: Of the column.
        width: In pixels, None for what is left.
        link: Address that a click opens, with Grafana's variables, and what the link says.
    """

    name: str
    heading: str
    width: int | None = None
    link: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A column that a query fills; its heading is the legend of the query.

    Attributes:
        query: Instant; one value for each row.
        unit: Of the figures.
        thresholds: From which value on the cell has which colour; none for no colour, as below the first.
    """

    query: Query
    unit: Unit
    thresholds: tuple[Threshold, ...] = ()


def rows(frame: Frame, labels: Sequence[Label], figures: Sequence[Figure], worst: str) -> dashboard.Panel:
    """A table of what is now: the answers of several queries side by side, where their labels are the same.

    Args:
        frame: Of the panel.
        labels: Columns that say what a row is about. All other labels are hidden.
        figures: Columns with figures.
        worst: Heading by which rows are sorted, the highest first; `-` before it for the lowest first.
    """
    headings = [label.heading for label in labels] + [figure.query.legend for figure in figures]
    sort = common.TableSortByFieldState(display_name=worst.removeprefix("-"), desc=not worst.startswith("-"))
    options = table.Options(show_header=True, cell_height=common.TableCellHeight.SM, sort_by=[sort])
    defaults = dashboard.FieldConfig(
        unit=figures[0].unit if figures else Unit.PLAIN,
        custom=common.TableFieldOptions(
            align=common.FieldTextAlignment.AUTO, cell_options=common.TableAutoCellOptions(), filterable=False
        ),
        thresholds=stepped(()),
        no_value="",
    )
    overrides = [*map(_label_looks, labels), *map(_figure_looks, figures)]
    source = dashboard.FieldConfigSource(defaults=defaults, overrides=overrides)
    queries = [figure.query for figure in figures]
    panel = frame.panel("table", queries, source, options)
    panel.targets = [query.table_target(number) for number, query in enumerate(queries)]
    panel.transformations = [
        dashboard.DataTransformerConfig(id_val="merge", options={}),
        dashboard.DataTransformerConfig(id_val="filterFieldsByName", options=_shown(labels, figures)),
        dashboard.DataTransformerConfig(id_val="organize", options=_organized(labels, figures, headings)),
    ]
    return panel


def _columns(labels: Sequence[Label], figures: Sequence[Figure]) -> list[str]:
    # With one query the column is "Value", with several "Value #A", "Value #B" ...
    values = ["Value"] if len(figures) == 1 else [f"Value #{ref_id(number)}" for number in range(len(figures))]
    return [label.name for label in labels] + values


def _shown(labels: Sequence[Label], figures: Sequence[Figure]) -> dict[str, object]:
    return {"include": {"names": _columns(labels, figures)}}


def _organized(labels: Sequence[Label], figures: Sequence[Figure], headings: Sequence[str]) -> dict[str, object]:
    columns = _columns(labels, figures)
    return {
        "excludeByName": {},
        "indexByName": {name: place for place, name in enumerate(columns)},
        "renameByName": dict(zip(columns, headings, strict=True)),
    }


def _label_looks(label: Label) -> dashboard.DashboardFieldConfigSourceOverrides:
    looks: dict[str, object] = {"unit": Unit.PLAIN}
    if label.width is not None:
        looks["custom.width"] = label.width
    if label.link is not None:
        url, title = label.link
        looks["links"] = [{"title": title, "url": url, "targetBlank": False}]
    return _override(label.heading, looks)


def _figure_looks(figure: Figure) -> dashboard.DashboardFieldConfigSourceOverrides:
    looks: dict[str, object] = {"unit": figure.unit, "custom.width": max(90, 24 + 8 * len(figure.query.legend))}
    if figure.thresholds:
        looks["thresholds"] = stepped(figure.thresholds, CLEAR)
        looks["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return _override(figure.query.legend, looks)


def _override(heading: str, looks: Mapping[str, object]) -> dashboard.DashboardFieldConfigSourceOverrides:
    return dashboard.DashboardFieldConfigSourceOverrides(
        matcher=dashboard.MatcherConfig(id_val="byName", options=heading),
        properties=[dashboard.DynamicConfigValue(id_val=name, value=value) for name, value in looks.items()],
    )
