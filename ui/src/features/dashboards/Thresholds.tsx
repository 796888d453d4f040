import type { QueryAnswer } from "@/api/hooks";
import { inUnit } from "@/lib/format";
import type { Widget } from "./spec";
import css from "./dashboards.module.css";

/** Below a chart: its thresholds, and how many of its points lie beyond each. */
export function Thresholds({ widget, answer }: { widget: Widget; answer: QueryAnswer }) {
  if (widget.thresholds.length === 0) return null;
  const unit = widget.unit || answer.series[0]?.unit || "";
  const values = answer.series
    .flatMap((series) => series.points.map((point) => point.value))
    .filter((value): value is number => value !== null);
  return (
    <div className={css.thresholds}>
      {widget.thresholds.map((one, index) => {
        const beyond = values.filter((value) =>
          one.when === "below" ? value <= one.value : value >= one.value,
        ).length;
        return (
          <span key={index} className={beyond > 0 ? (one.level === "critical" ? "bad" : "warn") : "dim"}>
            {one.level} {one.when === "below" ? "≤" : "≥"} {inUnit(one.value, unit)}: {beyond} of {values.length} points
          </span>
        );
      })}
    </div>
  );
}
