/** Addresses of pages. Every link between features is made here. */

import type { Query } from "./query";

type Params = Record<string, string | undefined | null>;

function at(path: string, params: Params = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) search.set(name, value);
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

export interface Slice {
  where?: string;
  from?: string;
  to?: string;
}

const seg = encodeURIComponent;

export const links = {
  overview: (range: Slice = {}) => at("/", { ...range }),
  traces: (slice: Slice & { level?: "traces" | "spans"; order?: string } = {}) => at("/traces", { ...slice }),
  trace: (traceId: string, spanId?: string, tab?: string) => at(`/traces/${seg(traceId)}`, { span: spanId, tab }),
  sessions: (slice: Slice = {}) => at("/sessions", { ...slice }),
  session: (id: string) => `/sessions/${seg(id)}`,
  users: (slice: Slice = {}) => at("/users", { ...slice }),
  user: (id: string, slice: Slice = {}) => at(`/users/${seg(id)}`, { ...slice }),
  cost: (slice: Slice & { by?: string } = {}) => at("/cost", { ...slice }),
  logs: (slice: Slice & { trace?: string } = {}) => at("/logs", { ...slice }),
  metrics: (slice: Slice & { metric?: string } = {}) => at("/metrics", { ...slice }),
  dashboards: () => "/dashboards",
  dashboard: (id: string) => `/dashboards/${seg(id)}`,
  explore: (query: Query) => at("/explore", { q: JSON.stringify(query), from: query.from, to: query.to }),
  prompts: () => "/prompts",
  prompt: (name: string, version?: number | string) =>
    at(`/prompts/${seg(name)}`, { version: version ? String(version) : "" }),
  datasets: () => "/datasets",
  dataset: (id: string) => `/datasets/${seg(id)}`,
  annotations: () => "/annotate",
  annotation: (id: string) => `/annotate/${seg(id)}`,
  annotate: (id: string, itemId?: string, final = false) =>
    at(`/annotate/${seg(id)}/work`, { item: itemId, final: final ? "1" : "" }),
  quality: (slice: Slice & { score?: string } = {}) => at("/quality", { ...slice }),
  evaluators: () => "/evaluators",
  newRule: (evaluator?: string) => at("/evaluators/rules/new", { evaluator }),
  rule: (id: string) => `/evaluators/rules/${seg(id)}`,
  editRule: (id: string) => `/evaluators/rules/${seg(id)}/edit`,
  calibrations: () => "/calibration",
  calibration: (score: string) => `/calibration/${seg(score)}`,
  incidents: () => "/incidents",
  incident: (id: string) => `/incidents/${seg(id)}`,
  findings: () => "/findings",
  finding: (id: string) => `/findings/${seg(id)}`,
  backtests: (range: Slice = {}) => at("/backtests", { from: range.from, to: range.to }),
  backtest: (id: string) => `/backtests/${seg(id)}`,
  backtestIncident: (id: string, incident: string) => `/backtests/${seg(id)}/${seg(incident)}`,
  monitors: () => "/monitors",
  newMonitor: (range: Slice = {}) => at("/monitors/new", { from: range.from, to: range.to }),
  monitor: (id: string) => `/monitors/${seg(id)}`,
  editMonitor: (id: string) => `/monitors/${seg(id)}/edit`,
  slos: () => "/slos",
  slo: (id: string) => `/slos/${seg(id)}`,
  budgets: () => "/budgets",
  budget: (id: string) => `/budgets/${seg(id)}`,
  ingest: () => "/ingest",
  start: () => "/start",
  settings: (section = "projects") => `/settings/${section}`,
  prices: (model?: string) => at("/settings/prices", { model }),
};
