import { percent } from "@/lib/format";
import css from "./objectives.module.css";

/** What is left of an error budget as a bar; beyond spent it says by how much. */
export function BudgetBar({ left }: { left: number | null }) {
  if (left === null) return <span className="dim">–</span>;
  const shown = Math.min(1, Math.max(0, left));
  const tone = left <= 0 ? "var(--bad)" : left < 0.2 ? "var(--warn)" : "var(--ok)";
  return (
    <span className={css.budget}>
      <span className={css.track} aria-hidden>
        <span className={css.left} style={{ width: `${shown * 100}%`, background: tone }} />
      </span>
      <span className="num">{left < 0 ? `overspent by ${percent(-left)}` : `${percent(left)} left`}</span>
    </span>
  );
}
