import { useMemo } from "react";
import { useAsk, useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Figure } from "@/design/Figure";
import { Panel } from "@/design/PageFrame";
import { useRange } from "@/lib/address";
import { count, money } from "@/lib/format";
import { both, type Query } from "@/lib/query";
import css from "./cost.module.css";

interface Outcome {
  title: string;
  how: string;
  query: Query;
  /** How many of it an answer says there were. */
  n: (value: number | null, n: number) => number;
}

/** What one of each outcome costs: the same bill, divided by what came of it. */
export function Outcomes({ where }: { where: string }) {
  const [range] = useRange();
  const scores = useGet("/api/v1/scores", { query: { from: range.from, to: range.to, limit: 500 } }, { keep: true });
  const names = useMemo(
    () => [...new Set((scores.data?.items ?? []).filter((one) => isShare(one.value)).map((one) => one.name))].sort(),
    [scores.data],
  );
  const outcomes = useMemo(() => outcomesOf(where, range, names.slice(0, 4)), [where, range, names]);
  const cost: Query = useMemo(() => ({ measure: "cost.sum", where, ...range }), [where, range]);
  const asked = useAsk(useMemo(() => [cost, ...outcomes.map((one) => one.query)], [cost, outcomes]));
  return (
    <Panel title="Cost per outcome">
      <Async of={asked} height={200}>
        {([money_, ...answers]) => {
          const total = money_?.series[0]?.points[0]?.value ?? null;
          return (
            <>
              <table className={css.classes}>
                <caption className="visually-hidden">Cost divided by outcomes</caption>
                <thead>
                  <tr>
                    <th scope="col">Outcome</th>
                    <th scope="col">How many</th>
                    <th scope="col">Cost of one</th>
                  </tr>
                </thead>
                <tbody className="num">
                  {outcomes.map((one, index) => {
                    const point = answers[index]?.series[0]?.points[0];
                    const n = one.n(point?.value ?? null, point?.n ?? 0);
                    return (
                      <tr key={one.title}>
                        <th scope="row">{one.title}</th>
                        <td>
                          <Figure value={n} query={one.query} how={one.how} />
                        </td>
                        <td>
                          <Figure
                            value={n && total !== null ? total / n : null}
                            unit="USD"
                            query={cost}
                            how={`${money(total)} divided by ${count(n)} of: ${one.title.toLowerCase()}.`}
                          />
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
              <p className={css.note}>
                All cost of this time over what came of it: failures and retries are paid for by the successes.
                {names.length === 0 && " With scores, what passes them is listed here, too."}
              </p>
            </>
          );
        }}
      </Async>
    </Panel>
  );
}

function outcomesOf(where: string, range: { from: string; to: string }, scores: string[]): Outcome[] {
  const plain = (value: number | null) => value ?? 0;
  return [
    {
      title: "Successful request",
      how: "Traces whose root did not end with an error.",
      query: { measure: "traces", where: both(where, 'status != "error"'), ...range },
      n: plain,
    },
    { title: "Session", how: "Different sessions.", query: { measure: "distinct:session", where, ...range }, n: plain },
    { title: "User", how: "Different users.", query: { measure: "distinct:user", where, ...range }, n: plain },
    ...scores.map((name) => ({
      title: `Pass of “${name}”`,
      how: `Scores "${name}" of at least 0.5.`,
      query: { measure: `score:${name}.rate`, where, ...range },
      n: (share: number | null, n: number) => Math.round((share ?? 0) * n),
    })),
  ];
}

function isShare(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1;
}
