// Draws the panels of a dashboard with Grafana's own component library, from what a Prometheus answered.
import {
  createTheme, dateTime, FieldType, getDisplayProcessor, standardTransformers,
  standardTransformersRegistry, ThemeContext, toDataFrame, transformDataFrame,
} from '@grafana/data';
import * as data from '@grafana/data';
import { BigValue, BigValueColorMode, BigValueGraphMode, PanelChrome, Table, TimeSeries } from '@grafana/ui';
import * as ui from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { firstValueFrom } from 'rxjs';

const theme = createTheme({ colors: { mode: 'light' } });
const CELL = { width: 60, height: 36 };

const transformers = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() =>
  [...transformers.values()].map((each) => ({ id: each.id, name: each.name, transformation: async () => each }))
);

function frames(panel, answers) {
  return panel.targets.flatMap((target) => {
    const series = answers[target.refId] ?? [];
    if (target.format === 'table') {
      const labels = [...new Set(series.flatMap((one) => Object.keys(one.metric)))].sort();
      const several = panel.targets.length > 1;
      return [toDataFrame({ refId: target.refId, fields: [
        { name: 'Time', type: FieldType.time, values: series.map((one) => one.value[0] * 1000) },
        ...labels.map((label) => ({ name: label, type: FieldType.string, values: series.map((one) => one.metric[label] ?? '') })),
        { name: several ? `Value #${target.refId}` : 'Value', type: FieldType.number, values: series.map((one) => Number(one.value[1])) },
      ] })];
    }
    return series.map((one) => {
      const points = one.values ?? [one.value];
      const name = target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => one.metric[label] ?? '');
      return toDataFrame({ refId: target.refId, name, fields: [
        { name: 'Time', type: FieldType.time, values: points.map((point) => point[0] * 1000) },
        { name: 'Value', type: FieldType.number, labels: one.metric, config: { displayNameFromDS: name }, values: points.map((point) => Number(point[1])) },
      ] });
    });
  });
}

function matches(matcher, field, frame, all) {
  const name = data.getFieldDisplayName(field, frame, all);
  if (matcher.id === 'byName') return name === matcher.options;
  return new RegExp(matcher.options.replace(/^\/|\/$/g, '')).test(name);
}

function dressed(list, panel) {
  list.forEach((frame, seriesIndex) => {
    for (const field of frame.fields) {
      field.state = { ...field.state, seriesIndex };
      const { custom, ...config } = panel.fieldConfig.defaults;
      const own = field.type === FieldType.number ? config : {};
      field.config = { ...own, ...field.config, custom: { ...custom } };
      for (const override of panel.fieldConfig.overrides) {
        if (!matches(override.matcher, field, frame, list)) continue;
        for (const { id, value } of override.properties) {
          if (id.startsWith('custom.')) field.config.custom[id.slice(7)] = value;
          else if (id !== 'links') field.config[id] = value;
        }
      }
      // JSON has no -Infinity: the first threshold has no value, and stands for all below.
      if (field.config.thresholds) {
        const [first, ...others] = field.config.thresholds.steps;
        field.config.thresholds = { ...field.config.thresholds, steps: [{ ...first, value: -Infinity }, ...others] };
      }
      field.display = getDisplayProcessor({ field, theme });
    }
  });
  return list;
}

async function prepared(panel, answers) {
  const raw = frames(panel, answers);
  const moved = panel.transformations ? await firstValueFrom(transformDataFrame(panel.transformations, raw)) : raw;
  return dressed(moved, panel);
}

function Inside({ panel, list, width, height, range }) {
  if (panel.type === 'stat') {
    return <div style={{ display: 'flex' }}>{list.map((frame, number) => {
      const field = frame.fields[1];
      const value = field.display(field.values[field.values.length - 1]);
      if (list.length > 1) value.title = frame.name;
      return <BigValue key={number} value={value} width={width / list.length} height={height} theme={theme} colorMode={panel.options.colorMode} graphMode={BigValueGraphMode.None} />;
    })}</div>;
  }
  if (panel.type === 'table') {
    const frame = list[0];
    const sort = panel.options.sortBy[0];
    const field = frame.fields.find((each) => data.getFieldDisplayName(each, frame) === sort.displayName);
    const sorted = field ? data.sortDataFrame(frame, frame.fields.indexOf(field), sort.desc) : frame;
    return <Table data={sorted} width={width} height={height} />;
  }
  if (panel.type === 'timeseries') {
    return <TimeSeries frames={list} width={width} height={height} timeRange={range} timeZone="utc" legend={panel.options.legend} options={panel.options} />;
  }
  return <div style={{ padding: 8, opacity: 0.6 }}>{`${panel.type}: ${list.length} series; the component library cannot draw it`}</div>;
}

function Picture({ dashboard, panels, range }) {
  return <div style={{ position: 'relative', width: 24 * CELL.width, background: theme.colors.background.canvas, fontFamily: theme.typography.fontFamily }}>
    <h2 style={{ padding: 8, margin: 0, height: 40 }}>{dashboard.title}</h2>
    {panels.map(({ panel, list }) => {
      const { x, y, w, h } = panel.gridPos;
      const place = { position: 'absolute', left: x * CELL.width + 3, top: 44 + y * CELL.height + 3 };
      if (panel.type === 'row') return <div key={panel.id} style={{ ...place, fontWeight: 600 }}>{panel.title}</div>;
      return <div key={panel.id} style={place}>
        <PanelChrome title={panel.title} description={panel.description} width={w * CELL.width - 6} height={h * CELL.height - 6}>
          {(width, height) => list.length ? <Inside panel={panel} list={list} width={width} height={height} range={range} /> : <div>No data</div>}
        </PanelChrome>
      </div>;
    })}
  </div>;
}

async function main() {
  const { dashboard, answers, from, to } = window.SHOWN;
  const panels = [];
  for (const panel of dashboard.panels) {
    panels.push({ panel, list: panel.type === 'row' ? [] : await prepared(panel, answers[panel.id]) });
  }
  const range = { from: dateTime(from * 1000), to: dateTime(to * 1000), raw: { from: '', to: '' } };
  const bottom = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  document.body.style.cssText = `margin: 0; height: ${44 + bottom * CELL.height}px`;
  createRoot(document.getElementById('root')).render(
    <ThemeContext.Provider value={theme}><ui.GlobalStyles /><Picture dashboard={dashboard} panels={panels} range={range} /></ThemeContext.Provider>
  );
  requestAnimationFrame(() => setTimeout(() => document.body.setAttribute('data-drawn', 'yes'), 1000));
}
main().catch((error) => { document.body.innerText = String(error.stack); document.body.setAttribute('data-drawn', 'no'); });
