import { ActionIcon, Button, Select, Tooltip } from "@mantine/core";
import { IconLayoutDashboard, IconX } from "@tabler/icons-react";
import { useAsk } from "@/api/hooks";
import { Async } from "@/design/Async";
import { chartSeries } from "@/design/chartData";
import { Copy } from "@/design/Copy";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { TimeChart } from "@/design/TimeChart";
import { useRange } from "@/lib/address";
import { links } from "@/lib/links";
import { everyFor, utcOffset } from "@/lib/time";
import { Exemplars } from "./Exemplars";
import { howLabel, howOf, howsOf, lineName, queryOf, splitsOf, unitOf, type Metric, type Pick } from "./picks";
import css from "./metrics.module.css";
import { Link } from "@/design/Link";

interface PanelProps {
  metric: Metric;
  pick: Pick;
  where: string;
  onChange: (pick: Pick) => void;
  /** Missing for the last one. */
  onClose?: () => void;
  onTrace: (traceId: string) => void;
}

/** One metric over time, with the traces it was measured in. */
export function MetricPanel({ metric, pick, where, onChange, onClose, onTrace }: PanelProps) {
  const [range] = useRange();
  const { key, how } = howOf(pick, metric);
  const query = { ...queryOf(pick, metric, range, everyFor(range, 80), where), offset: utcOffset() };
  const answer = useAsk(query);
  return (
    <Panel
      title={
        <span className={css.title}>
          {metric.name} <Copy text={metric.name} label="name" />
        </span>
      }
      about={<Long text={metric.description} />}
      actions={
        <>
          <Select
            size="xs"
            className={css.how}
            aria-label={`How ${metric.name} is added up`}
            allowDeselect={false}
            data={howsOf(metric).map((value) => ({
              value,
              label: howLabel(value),
              disabled: value === "quantiles" && pick.by !== "",
            }))}
            value={key}
            onChange={(value) => onChange({ ...pick, how: value ?? "" })}
            comboboxProps={{ withinPortal: true }}
          />
          <Select
            size="xs"
            className={css.by}
            aria-label={`Split ${metric.name} by`}
            placeholder="not split"
            clearable
            searchable
            data={splitsOf(metric)}
            value={pick.by || null}
            onChange={(value) => onChange({ ...pick, by: value ?? "" })}
            comboboxProps={{ withinPortal: true }}
          />
          <Tooltip label="Open as a query: refine it, add it to a dashboard">
            <ActionIcon
              component={Link}
              variant="default"
              size={30}
              to={links.explore(query)}
              aria-label={`Explore ${metric.name}`}
            >
              <IconLayoutDashboard size={16} />
            </ActionIcon>
          </Tooltip>
          {onClose && (
            <ActionIcon aria-label={`Close ${metric.name}`} onClick={onClose}>
              <IconX size={16} />
            </ActionIcon>
          )}
        </>
      }
    >
      <Async of={answer} height={220}>
        {(data) => (
          <TimeChart
            label={`${metric.name}, ${how.label}`}
            unit={unitOf(metric, how, key)}
            height={200}
            sync="metrics"
            kind={key === "sum" || key === "count" ? "bars" : "line"}
            legend={data.series.length > 1}
            series={chartSeries(data).map((one) => ({ ...one, name: lineName(one.name) }))}
          />
        )}
      </Async>
      {metric.has_exemplars && (
        <Exemplars
          metric={metric}
          where={where}
          unit={unitOf(metric, { ...how, unit: (own) => own }, "avg")}
          onTrace={onTrace}
        />
      )}
    </Panel>
  );
}

/** A metric of the address that the range does not have. */
export function Missing({ name, onClose }: { name: string; onClose: () => void }) {
  return (
    <Panel title={name}>
      <p className="dim">This metric has no points in the range.</p>
      <Button variant="default" onClick={onClose}>
        Take it away
      </Button>
    </Panel>
  );
}
