// Grafana's own types of a dashboard, for content that is plain JSON.
import type { AnnotationQuery, Dashboard, FieldConfigSource, Panel, RowPanel, VariableModel } from '@grafana/schema';
import type { GraphFieldConfig, TableFieldOptions } from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as states from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as lines from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has no enums: their values are meant. All of it is read-only, as literals are.
export type Plain<T> = 0 extends 1 & T
  ? unknown
  : T extends string
    ? `${T}`
    : T extends number | boolean | null | undefined
      ? T
      : T extends ReadonlyArray<infer Item>
        ? ReadonlyArray<Plain<Item>>
        : T extends object
          ? { readonly [Key in keyof T]: Plain<T[Key]> }
          : T;

// What the Prometheus data source reads of a query. (packages/grafana-prometheus/src/dataquery.ts)
type Query = {
  readonly expr: string;
  readonly refId: string;
  readonly exemplar?: boolean;
  readonly format?: 'time_series' | 'table' | 'heatmap';
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly interval?: string;
  readonly legendFormat?: string;
};
// What it reads of an annotation beside its query. (packages/grafana-prometheus/src/annotations.ts)
type Marks = { readonly titleFormat?: string; readonly tagKeys?: string; readonly textFormat?: string };

type Fields<Custom> = Omit<Plain<FieldConfigSource>, 'defaults'> & {
  readonly defaults: Omit<Plain<FieldConfigSource['defaults']>, 'custom'> & { readonly custom?: Plain<Custom> };
};
type Kind<Type extends string, Options, Custom> = Omit<
  Plain<Panel>,
  'type' | 'options' | 'fieldConfig' | 'targets'
> & {
  readonly type: Type;
  readonly options: Plain<Options>;
  readonly fieldConfig: Fields<Custom>;
  readonly targets: ReadonlyArray<Query>;
};

export type Lines = Kind<'timeseries', lines.Options, GraphFieldConfig>;
export type Stat = Kind<'stat', stat.Options, Record<never, never>>;
export type Table = Kind<'table', table.Options, TableFieldOptions>;
export type Heatmap = Kind<'heatmap', heatmap.Options, heatmap.FieldConfig>;
export type States = Kind<'state-timeline', states.Options, states.FieldConfig>;
export type Row = Omit<Plain<RowPanel>, 'panels'> & { readonly panels: ReadonlyArray<unknown> };
export type Variable = Plain<VariableModel>;
export type Annotation = Omit<Plain<AnnotationQuery>, 'target'> & Marks & { readonly target?: Query };
export type Frame = Omit<Plain<Dashboard>, 'panels' | 'templating' | 'annotations'>;
