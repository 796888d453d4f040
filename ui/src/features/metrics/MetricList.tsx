import { ActionIcon, Tooltip } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useMemo } from "react";
import { get, useAsk } from "@/api/hooks";
import { useList } from "@/api/lists";
import { Async, Empty } from "@/design/Async";
import { SearchField } from "@/design/SearchField";
import { Sparkline } from "@/design/Sparkline";
import { useParam, useRange } from "@/lib/address";
import { count, inUnit } from "@/lib/format";
import { everyFor } from "@/lib/time";
import { howOf, queryOf, unitOf, type Metric } from "./picks";
import css from "./metrics.module.css";

const CHUNK = 8;
const PAGE = 100;

interface ListProps {
  picked: ReadonlySet<string>;
  /** Looks at this one only. */
  onOnly: (metric: Metric) => void;
  onAdd: (metric: Metric) => void;
  onRemove: (metric: Metric) => void;
}

/** All metrics of the range by name, each with its course and latest value. */
export function MetricList({ picked, onOnly, onAdd, onRemove }: ListProps) {
  const [range] = useRange();
  const [search, setSearch] = useParam("q");
  const { list, items, onEnd } = useList<Metric>(["metrics", range, search], (cursor, signal) =>
    get("/api/v1/metrics", { query: { search, cursor, limit: PAGE, from: range.from, to: range.to } }, signal),
  );
  const chunks = useMemo(
    () => Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, at) => items.slice(at * CHUNK, (at + 1) * CHUNK)),
    [items],
  );
  return (
    <div className={css.side}>
      <SearchField
        className={css.search}
        label="Search metrics"
        placeholder="Search names and descriptions"
        value={search}
        onChange={(text) => setSearch(text, { replace: true })}
      />
      <Async
        of={{ ...list, data: list.data && items }}
        isEmpty={(found) => found.length === 0}
        empty={
          <Empty title="No metrics">
            {search
              ? "None has these words in its name or description."
              : "Send metrics over OTLP to /v1/metrics, or widen the range."}
          </Empty>
        }
      >
        {() => (
          <ul className={css.list} aria-label="Metrics">
            {chunks.map((chunk) => (
              <Chunk
                key={chunk[0]!.name}
                metrics={chunk}
                picked={picked}
                onOnly={onOnly}
                onAdd={onAdd}
                onRemove={onRemove}
              />
            ))}
            <li className={css.foot}>
              {list.hasNextPage ? (
                <button type="button" className={css.more} onClick={onEnd}>
                  {list.isFetchingNextPage ? "Loading" : "More metrics"}
                </button>
              ) : (
                `${count(items.length)} metrics`
              )}
            </li>
          </ul>
        )}
      </Async>
    </div>
  );
}

/** A few metrics whose courses are asked for together, once they are seen. */
function Chunk({ metrics, picked, onOnly, onAdd, onRemove }: ListProps & { metrics: Metric[] }) {
  const [range] = useRange();
  const { ref, inViewport } = useInViewport<HTMLLIElement>();
  const every = everyFor(range, 30);
  const queries = metrics.map((metric) =>
    queryOf(
      { name: metric.name, how: metric.type.includes("histogram") ? "p95" : "", by: "" },
      metric,
      range,
      every,
      "",
    ),
  );
  const answers = useAsk(inViewport ? queries : null, { staleTime: 60_000 });
  return metrics.map((metric, index) => {
    const { key, how } = howOf(
      { name: metric.name, how: metric.type.includes("histogram") ? "p95" : "", by: "" },
      metric,
    );
    const values = answers.data?.[index]?.series[0]?.points.map((point) => point.value) ?? [];
    const latest = values.findLast((value) => value !== null) ?? null;
    const isPicked = picked.has(metric.name);
    return (
      <li key={metric.name} ref={index === 0 ? ref : undefined} className={`${css.item} ${isPicked ? css.picked : ""}`}>
        <button
          type="button"
          className={css.name}
          aria-pressed={isPicked}
          title={metric.description || metric.name}
          onClick={() => onOnly(metric)}
        >
          <span className={`${css.word} cut`}>{metric.name}</span>
          <span className={css.second}>
            <span className={`${css.meta} cut`}>
              {metric.type.replace("exponential_", "exp. ")}
              {metric.unit && metric.unit !== "1" ? ` · ${metric.unit.replace(/[{}]/g, "")}` : ""}
              {metric.series > 1 ? ` · ${count(metric.series)} series` : ""}
            </span>
            <Sparkline values={values} width={72} height={20} />
            <Tooltip label={`Latest ${how.label} in this range`}>
              <span className={`${css.latest} num`}>{inUnit(latest, unitOf(metric, how, key))}</span>
            </Tooltip>
          </span>
        </button>
        <Tooltip label={isPicked ? "Take away" : "Show beside the others"}>
          <ActionIcon
            size="sm"
            aria-label={isPicked ? `Take ${metric.name} away` : `Add ${metric.name}`}
            onClick={() => (isPicked ? onRemove(metric) : onAdd(metric))}
          >
            {isPicked ? <IconX size={14} /> : <IconPlus size={14} />}
          </ActionIcon>
        </Tooltip>
      </li>
    );
  });
}
