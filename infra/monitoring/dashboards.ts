/** The dashboards as Grafana imports them, made from panels.ts. Pure. */
import type { Builder, Dataquery as CogDataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { type DashboardPlan, dashboardPlans, type PanelPlan, type Query } from "./panels.ts";

const PROMETHEUS = { type: "prometheus", uid: "$datasource" };
const HALF = 12;

const toTarget = ({ expr, legend }: Query, index: number): Builder<CogDataquery> =>
  new DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .datasource(PROMETHEUS)
    .refId(String.fromCharCode("A".charCodeAt(0) + index));

const toPanel = ({ title, unit, queries }: PanelPlan): PanelBuilder =>
  new PanelBuilder()
    .title(title)
    .unit(unit)
    .min(0)
    .span(HALF)
    .height(8)
    .datasource(PROMETHEUS)
    .targets(queries.map(toTarget));

/** What happened to servers, as lines through every panel: the samples' values are the times. */
const happenings = new AnnotationQueryBuilder()
  .name("History")
  .datasource(PROMETHEUS)
  .enable(true)
  .iconColor("blue")
  .expr("tagenal_happening_milliseconds")
  .useValueForTime(true)
  .titleFormat("{{kind}}")
  .textFormat("{{says}} ({{by}})");

const toDashboard = ({ uid, title, description, variables, rows }: DashboardPlan): Dashboard => {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["tagenal"])
    .time({ from: "now-1h", to: "now" })
    .refresh("30s")
    .timezone("browser")
    .withVariable(new DatasourceVariableBuilder("datasource").type("prometheus"))
    .annotation(happenings);
  for (const [label, metric] of Object.entries(variables))
    builder.withVariable(
      new QueryVariableBuilder(label)
        .datasource(PROMETHEUS)
        .query(`label_values(${metric}, ${label})`)
        .includeAll(true)
        .multi(true),
    );
  for (const [name, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(name));
    for (const plan of panels) builder.withPanel(toPanel(plan));
  }
  return builder.build();
};

/** By file name. */
export const buildDashboards = (): Readonly<Record<string, Dashboard>> =>
  Object.fromEntries(dashboardPlans.map((plan) => [`${plan.uid}.json`, toDashboard(plan)]));
