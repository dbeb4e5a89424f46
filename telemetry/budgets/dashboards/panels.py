"""The kinds of panels that the dashboards are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telemetry.budgets.dashboards.query import Query
from telemetry.budgets.dashboards.sdk import common, dashboard, heatmap, stat, statetimeline, timeseries
from telemetry.budgets.dashboards.units import Unit

#: The data source that the dashboard's variable chooses.
SOURCE: Final = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, ORANGE, RED, BLUE, CLEAR = "green", "orange", "red", "blue", "transparent"
_DASHES: Final = [8.0, 8.0]
Threshold = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every panel has.

    Attributes:
        title: Unique within its dashboard: links to the panel hang on it.
        says: What one sees there, and what to do about it.
        width: Of 24.
        height: In units of 30 pixels.
    """

    title: str
    says: str
    width: int = 12
    height: int = 8

    def panel(
        self,
        kind: str,
        queries: Sequence[Query],
        field_config: dashboard.FieldConfigSource,
        options: object,
    ) -> dashboard.Panel:
        """The panel; its id and its place are given to it by its dashboard.

        Args:
            kind: Grafana's name of it.
            queries: In the order of their references.
            field_config: How figures look.
            options: Those of the kind.
        """
        return dashboard.Panel(
            type_val=kind,
            title=self.title,
            description=self.says,
            datasource=SOURCE,
            grid_pos=dashboard.GridPos(h=self.height, w=self.width),
            targets=[query.target(number) for number, query in enumerate(queries)],
            field_config=field_config,
            options=options,
        )


def figure(frame: Frame, queries: Sequence[Query], unit: Unit, thresholds: Sequence[Threshold] = ()) -> dashboard.Panel:
    """One figure in large letters for each query, as it is now.

    Args:
        frame: Of the panel.
        queries: Instant.
        unit: Of the figures.
        thresholds: From which value on it has which colour; below the first it is green.
    """
    options = stat.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=common.BigValueColorMode.VALUE if thresholds else common.BigValueColorMode.NONE,
        justify_mode=common.BigValueJustifyMode.AUTO,
        text_mode=common.BigValueTextMode.AUTO if len(queries) == 1 else common.BigValueTextMode.VALUE_AND_NAME,
        reduce_options=common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields=""),
        orientation=common.VizOrientation.AUTO,
    )
    defaults = dashboard.FieldConfig(unit=unit, thresholds=stepped(thresholds), no_value="no data")
    return frame.panel("stat", queries, dashboard.FieldConfigSource(defaults=defaults, overrides=[]), options)


def lines(
    frame: Frame, queries: Sequence[Query], unit: Unit, *, thresholds: Sequence[Threshold] = (), is_log: bool = False
) -> dashboard.Panel:
    """Series over time; those whose legend begins with `limit` are dashed and red.

    Args:
        frame: Of the panel.
        queries: Over time.
        unit: Of the figures.
        thresholds: Lines that are the same for all series.
        is_log: For figures that differ by much, none of which is 0.
    """
    scale = common.ScaleDistribution.LOG if is_log else common.ScaleDistribution.LINEAR
    mode = common.GraphThresholdsStyleMode.DASHED if thresholds else common.GraphThresholdsStyleMode.OFF
    custom = timeseries.FieldConfig(
        draw_style=common.GraphDrawStyle.LINE,
        line_width=1,
        fill_opacity=0,
        show_points=common.VisibilityMode.AUTO,
        span_nulls=False,
        thresholds_style=common.GraphThresholdsStyleConfig(mode=mode),
        scale_distribution=common.ScaleDistributionConfig(type_val=scale, log=10 if is_log else None),
        # The line of a limit stays on the axis, also while all is far below it.
        axis_soft_min=None if is_log else 0,
    )
    defaults = dashboard.FieldConfig(
        unit=unit,
        min_val=None if is_log or thresholds else 0,
        custom=custom,
        thresholds=stepped(thresholds),
        color=dashboard.FieldColor(mode=dashboard.FieldColorModeId.PALETTE_CLASSIC),
    )
    options = timeseries.Options(
        legend=common.VizLegendOptions(
            display_mode=common.LegendDisplayMode.LIST,
            placement=common.LegendPlacement.BOTTOM,
            show_legend=True,
            calcs=[],
        ),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING),
    )
    source = dashboard.FieldConfigSource(defaults=defaults, overrides=[_limits()])
    return frame.panel("timeseries", queries, source, options)


def states(frame: Frame, query: Query, unit: Unit, thresholds: Sequence[Threshold]) -> dashboard.Panel:
    """A bar for each series that changes its colour over time.

    Args:
        frame: Of the panel.
        query: Over time.
        unit: Of the figures.
        thresholds: From which value on it has which colour; below the first it is green.
    """
    options = statetimeline.Options(
        show_value=common.VisibilityMode.NEVER,
        row_height=0.85,
        merge_values=True,
        align_value=common.TimelineValueAlignment.LEFT,
        legend=common.VizLegendOptions(
            display_mode=common.LegendDisplayMode.LIST,
            placement=common.LegendPlacement.BOTTOM,
            show_legend=True,
            calcs=[],
        ),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.SINGLE, sort=common.SortOrder.NONE),
    )
    defaults = dashboard.FieldConfig(
        unit=unit,
        decimals=2,
        thresholds=stepped(thresholds),
        color=dashboard.FieldColor(mode=dashboard.FieldColorModeId.THRESHOLDS),
        custom=statetimeline.FieldConfig(line_width=0, fill_opacity=70),
    )
    return frame.panel("state-timeline", [query], dashboard.FieldConfigSource(defaults=defaults, overrides=[]), options)


def spread(frame: Frame, query: Query, unit: Unit) -> dashboard.Panel:
    """The buckets of a histogram over time, the fuller the darker.

    Args:
        frame: Of the panel.
        query: The buckets.
        unit: Of their bounds.
    """
    options = heatmap.Options(
        calculate=False,
        color=heatmap.HeatmapColorOptions(
            mode=heatmap.HeatmapColorMode.SCHEME,
            scheme="Blues",
            fill="dark-blue",
            scale=heatmap.HeatmapColorScale.EXPONENTIAL,
            exponent=0.5,
            steps=64,
        ),
        filter_values=heatmap.FilterValueRange(le=1e-9),
        cell_gap=1,
        y_axis=heatmap.YAxisConfig(unit=unit, axis_placement=common.AxisPlacement.LEFT),
        rows_frame=heatmap.RowsHeatmapOptions(layout=common.HeatmapCellLayout.AUTO),
        show_value=common.VisibilityMode.NEVER,
        tooltip=heatmap.HeatmapTooltip(mode=common.TooltipDisplayMode.SINGLE, y_histogram=True, show_color_scale=True),
        legend=heatmap.HeatmapLegend(show=True),
        exemplars=heatmap.ExemplarConfig(color="rgba(255,0,0,0.7)"),
    )
    custom = heatmap.FieldConfig(
        scale_distribution=common.ScaleDistributionConfig(type_val=common.ScaleDistribution.LINEAR),
        hide_from=common.HideSeriesConfig(),
    )
    defaults = dashboard.FieldConfig(unit=unit, custom=custom)
    return frame.panel("heatmap", [query], dashboard.FieldConfigSource(defaults=defaults, overrides=[]), options)


def stepped(thresholds: Sequence[Threshold], below: str = GREEN) -> dashboard.ThresholdsConfig:
    """Thresholds as Grafana holds them: the first has no value and stands for all below.

    Args:
        thresholds: Value and colour from there on, lowest first.
        below: Colour of what is less, and of what is not known.
    """
    steps = [dashboard.Threshold(value=None, color=below)]
    steps += [dashboard.Threshold(value=value, color=color) for value, color in thresholds]
    return dashboard.ThresholdsConfig(mode=dashboard.ThresholdsMode.ABSOLUTE, steps=steps)


def _limits() -> dashboard.DashboardFieldConfigSourceOverrides:
    looks = {
        "custom.lineStyle": {"fill": "dash", "dash": _DASHES},
        "color": {"mode": "fixed", "fixedColor": RED},
        "custom.lineInterpolation": "stepAfter",
    }
    return dashboard.DashboardFieldConfigSourceOverrides(
        matcher=dashboard.MatcherConfig(id_val="byRegexp", options="/^limit /"),
        properties=[dashboard.DynamicConfigValue(id_val=name, value=value) for name, value in looks.items()],
    )
