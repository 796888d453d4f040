import { useElementSize } from "@mantine/hooks";
import type { QueryAnswer } from "@/api/hooks";
import { single } from "@/design/chartData";
import { Figure } from "@/design/Figure";
import { Sparkline } from "@/design/Sparkline";
import { Delta } from "@/design/Stat";
import { count, inUnit } from "@/lib/format";
import type { Query } from "@/lib/query";
import { meaningOf, passed } from "./asking";
import type { Widget } from "./spec";
import css from "./dashboards.module.css";

/** One number, how it changed and its course. answers: of the queries of `askedByStat`. */
export function StatBody({ widget, query, answers }: { widget: Widget; query: Query; answers: QueryAnswer[] }) {
  const { ref, width } = useElementSize();
  const measure = Array.isArray(query.measure) ? query.measure[0]! : query.measure;
  const now = single(answers[0], measure);
  const before = answers[2] ? single(answers[2], measure) : null;
  const series = answers[0]?.series.find((one) => one.measure === measure);
  const unit = widget.unit || series?.unit || "";
  const point = series?.points[0];
  const level = passed(widget, now.value);
  const course = answers[1]?.series.find((one) => one.measure === measure)?.points.map((one) => one.value) ?? [];
  return (
    <div className={css.stat} ref={ref}>
      <div className={css.statRow}>
        <span className={`${css.statValue} ${level === "critical" ? "bad" : level === "warning" ? "warn" : ""}`}>
          <Figure value={now.value} unit={unit} query={query} low={now.low} high={now.high} n={now.n} />
          {level && <span className="visually-hidden"> ({level})</span>}
        </span>
        {before && (
          <Delta
            now={now.value}
            before={before.value}
            unit={unit}
            meaning={meaningOf(measure)}
            isReal={differ(now, before)}
          />
        )}
      </div>
      <div className={css.statNote}>
        {point?.unpriced ? (
          <span className="warn">{count(point.unpriced)} without a price</span>
        ) : now.value === null ? (
          <span className="dim">not enough data</span>
        ) : now.low !== null && now.high !== null ? (
          <span className="dim num">
            {inUnit(now.low, unit)} – {inUnit(now.high, unit)}
          </span>
        ) : null}
      </div>
      <Sparkline
        values={course}
        width={Math.max(60, Math.floor(width))}
        height={26}
        colour={level === "critical" ? "var(--bad)" : level === "warning" ? "var(--warn)" : "var(--accent)"}
      />
    </div>
  );
}

interface Known {
  low: number | null;
  high: number | null;
}

/** Whether two intervals lie apart; sums have none and differ as they are. */
function differ(a: Known, b: Known): boolean {
  if (a.low === null || a.high === null || b.low === null || b.high === null) return true;
  return a.low > b.high || b.low > a.high;
}
