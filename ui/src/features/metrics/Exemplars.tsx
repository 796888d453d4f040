import { Button, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Long } from "@/design/Long";
import { useRange } from "@/lib/address";
import { inUnit } from "@/lib/format";
import type { Metric } from "./picks";
import css from "./metrics.module.css";

const SHOWN = 6;

/** Traces in which the largest, or the latest, values were measured. */
export function Exemplars({
  metric,
  where,
  unit,
  onTrace,
}: {
  metric: Metric;
  where: string;
  unit: string;
  onTrace: (traceId: string) => void;
}) {
  const [range] = useRange();
  const [order, setOrder] = useState("largest");
  const found = useGet(
    "/api/v1/metrics/exemplars",
    { query: { name: metric.name, where, from: range.from, to: range.to, order, limit: SHOWN } },
    { keep: true },
  );
  return (
    <section className={css.exemplars} aria-label={`Traces behind ${metric.name}`}>
      <div className={css.exemplarsHead}>
        <h3 className={css.small}>Traces behind it</h3>
        <SegmentedControl
          size="xs"
          aria-label="Which traces"
          value={order}
          onChange={setOrder}
          data={[
            { value: "largest", label: "Largest" },
            { value: "newest", label: "Newest" },
          ]}
        />
      </div>
      <Async
        of={found}
        height={60}
        isEmpty={(data) => data.items.length === 0}
        empty={<p className="dim">No example of this range names a trace.</p>}
      >
        {(data) => (
          <table className={css.table} aria-label={`Examples of ${metric.name}`}>
            <tbody>
              {data.items.map((one) => (
                <tr key={`${one.trace_id}${one.span_id}${one.time}`}>
                  <td className={`${css.number} num`}>{inUnit(one.value, unit)}</td>
                  <td className={css.when}>
                    <Time at={one.time} relative />
                  </td>
                  <td className={css.labels}>
                    <Long
                      text={[one.service, ...Object.entries(one.labels).map(([key, value]) => `${key}=${value}`)]
                        .filter(Boolean)
                        .join("  ")}
                    />
                  </td>
                  <td>
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      onClick={() => onTrace(one.trace_id)}
                      aria-label={`Trace of ${inUnit(one.value, unit)}`}
                    >
                      Trace
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Async>
    </section>
  );
}
