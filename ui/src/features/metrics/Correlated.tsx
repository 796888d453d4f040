import { Button } from "@mantine/core";
import { Link } from "react-router";
import { useAsk, useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { chartSeries } from "@/design/chartData";
import { Panel } from "@/design/PageFrame";
import { TimeChart } from "@/design/TimeChart";
import { useRange } from "@/lib/address";
import { links } from "@/lib/links";
import { both, literal } from "@/lib/query";
import { everyFor, utcOffset } from "@/lib/time";
import css from "./metrics.module.css";

const ROOTS = "is_root = true";

/** Requests and logs of the same time, of the same services where those trace. */
export function Correlated({ services }: { services: string[] }) {
  const [range] = useRange();
  const known = useGet("/api/v1/values", { query: { field: "service", limit: 1000 } }, { staleTime: 300_000 });
  const traced = new Set(known.data?.items.map((item) => item.value) ?? []);
  const shared = services.filter((service) => traced.has(service));
  const where = shared.length ? `service in (${shared.map(literal).join(", ")})` : "";
  const time = { every: everyFor(range, 80), ...range, offset: utcOffset() };
  const answers = useAsk(
    known.data
      ? [
          { measure: "error_rate", where: both(ROOTS, where), ...time },
          { measure: "latency.p95", where: both(ROOTS, where), ...time },
          { measure: "log.count", where: both('level in ("error", "fatal")', where), ...time },
        ]
      : null,
  );
  const charts = [
    {
      title: "Failed requests",
      unit: "ratio",
      kind: "line" as const,
      to: links.traces({ where: both('status = "error"', where), ...range }),
      does: "Failed traces",
    },
    {
      title: "Request latency p95",
      unit: "ms",
      kind: "line" as const,
      to: links.traces({ where, order: "duration", ...range }),
      does: "Slowest traces",
    },
    {
      title: "Error logs",
      unit: "count",
      kind: "bars" as const,
      to: links.logs({ where: both('level in ("error", "fatal")', where), ...range }),
      does: "Lines",
    },
  ];
  return (
    <section aria-label="At the same time">
      <div className={css.correlatedHead}>
        <h2 className={css.heading}>At the same time</h2>
        <span className="dim">
          {shared.length
            ? `in ${shared.slice(0, 3).join(", ")}${shared.length > 3 ? ` and ${shared.length - 3} more` : ""}`
            : "in all services"}
        </span>
        <Button component={Link} size="compact-xs" variant="light" ml="auto" to={links.traces({ where, ...range })}>
          Traces in this range
        </Button>
      </div>
      <div className={css.grid}>
        {charts.map((chart, index) => (
          <Panel
            key={chart.title}
            title={chart.title}
            actions={
              <Button component={Link} size="compact-xs" variant="subtle" to={chart.to}>
                {chart.does}
              </Button>
            }
          >
            <Async of={answers} height={110}>
              {(found) => (
                <TimeChart
                  label={chart.title}
                  unit={chart.unit}
                  kind={chart.kind}
                  height={110}
                  sync="metrics"
                  series={chartSeries(found[index]!).map((one) => ({
                    ...one,
                    colour: index === 1 ? undefined : "var(--bad)",
                  }))}
                />
              )}
            </Async>
          </Panel>
        ))}
      </div>
    </section>
  );
}
