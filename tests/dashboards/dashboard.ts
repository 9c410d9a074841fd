// What a dashboard may look like: Grafana's own types, with those of each panel's options put in where its Dashboard type takes anything.
import { Dashboard as AnyDashboard, Panel as AnyPanel, RowPanel, FieldConfig, FieldConfigSource, AnnotationQuery, VariableModel,
  DataSourceRef } from '@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';
import { PrometheusDataQuery } from
  '@grafana/schema/dist/esm/raw/composable/prometheus/dataquery/x/PrometheusDataQuery_types.gen';
import * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Replaced<T, R> = Omit<T, keyof R> & R;

interface Link { title: string; url: string; targetBlank?: boolean }

type Fields<Custom> = Replaced<FieldConfigSource, { defaults: Replaced<FieldConfig, { custom?: Custom; links?: Link[] }> }>;

type PanelOf<Type, Options, Custom> = Replaced<AnyPanel, {
  type: Type; id: number; title: string; description: string; datasource: DataSourceRef; gridPos: { x: number; y: number; w: number; h: number };
  options: Options; fieldConfig: Fields<Custom>; targets: Array<Replaced<PrometheusDataQuery, { datasource: DataSourceRef }>>;
}>;

type Panel = RowPanel | PanelOf<'stat', Partial<stat.Options>, never> | PanelOf<'bargauge', Partial<bargauge.Options>, never>
  | PanelOf<'table', Partial<table.Options>, Partial<table.FieldConfig>> | PanelOf<'state-timeline', Partial<timeline.Options>, timeline.FieldConfig>
  | PanelOf<'timeseries', Partial<timeseries.Options>, timeseries.FieldConfig>;

// What the data source adds to a query for annotations and to a variable; Grafana's types leave it out.
type Annotation = AnnotationQuery & { expr: string; titleFormat: string; textFormat: string; useValueForTime: boolean };
type Variable = VariableModel & { definition?: string };

export type Dashboard = Replaced<AnyDashboard, {
  panels: Panel[]; annotations: { list: Annotation[] }; templating: { list: Variable[] };
}>;
