import { Long } from "@/design/Long";
import { count, number } from "@/lib/format";
import type { Column } from "./asking";
import css from "./drift.module.css";

interface TableProps {
  columns: Column[];
  chosen: string;
  onChoose: (name: string) => void;
}

/** Every field with its verdict and its effect; the chosen one is shown below. */
export function FieldTable({ columns, chosen, onChoose }: TableProps) {
  return (
    <div className={css.scroll}>
      <table className={css.table}>
        <caption className="visually-hidden">Fields and whether they drifted</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Verdict</th>
            <th scope="col">What changed</th>
            <th scope="col">Effect, 95 % interval</th>
            <th scope="col" className={css.right}>
              q
            </th>
            <th scope="col" className={css.right}>
              Values before, now
            </th>
          </tr>
        </thead>
        <tbody>
          {columns.map((one) => (
            <tr key={one.column} className={one.column === chosen ? css.chosen : undefined}>
              <th scope="row">
                <button
                  type="button"
                  className={css.name}
                  aria-pressed={one.column === chosen}
                  onClick={() => onChoose(one.column)}
                >
                  <Long text={one.column} />
                </button>
              </th>
              <td>
                <Verdict verdict={one.verdict} />
              </td>
              <td>
                {one.shifts.join(", ") || (
                  <span className="dim">{one.verdict === "stable" ? "nothing seen" : "-"}</span>
                )}
              </td>
              <td>
                <Effect column={one} />
              </td>
              <td className={css.right}>{small(one.q_value)}</td>
              <td className={css.right}>
                {count(one.n.reference)}, {count(one.n.current)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A verdict in words and colour. */
export function Verdict({ verdict }: { verdict: Column["verdict"] }) {
  const tone = { drift: css.drift, negligible: css.negligible, stable: css.stable }[verdict as string];
  return <span className={`${css.verdict} ${tone ?? css.unknown}`}>{verdict}</span>;
}

const MEASURES: Record<string, string> = {
  mean_shift: "mean",
  superiority: "chance of being larger",
  spread_ratio: "spread ×",
  ks: "KS distance",
  missing: "missing",
  cramers_v: "Cramér’s V",
  new_values: "new values",
  domain_classifier_auc: "classifier AUC",
};

/** An effect with its interval and what it counts in. */
export function Effect({ column }: { column: Column }) {
  const { effect, measure } = column;
  if (!effect || !measure) return <span className="dim">{column.reason || "-"}</span>;
  return (
    <span title={effect.unit}>
      {MEASURES[measure] ?? measure} {signed(effect.value, measure)}
      <span className="dim">
        {" "}
        {signed(effect.low, measure)} to {signed(effect.high, measure)}
      </span>
    </span>
  );
}

function signed(value: number | null, measure: string): string {
  if (value === null) return "-";
  if (measure === "missing" || measure === "new_values") return `${value > 0 ? "+" : ""}${(value * 100).toFixed(1)} %`;
  const text = value.toFixed(2);
  return measure === "mean_shift" ? `${value > 0 ? "+" : ""}${text} s.d.` : text;
}

function small(p: number | null): string {
  if (p === null) return "-";
  return p < 0.001 ? "< 0.001" : number(Number(p.toFixed(3)));
}
