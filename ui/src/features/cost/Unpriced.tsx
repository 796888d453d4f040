import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useAsk } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Figure } from "@/design/Figure";
import { Panel } from "@/design/PageFrame";
import { useRange } from "@/lib/address";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { both, equals, type Query } from "@/lib/query";
import { PriceForm } from "./PriceForm";
import css from "./cost.module.css";

/** Models whose calls no sum contains, and a way to price them where one sees them. */
export function Unpriced({ where }: { where: string }) {
  const [range] = useRange();
  const query: Query = useMemo(
    () => ({
      measure: ["cost.unpriced", "tokens.input", "tokens.output"],
      where: both(where, "model exists"),
      by: ["provider", "model"],
      order: "desc",
      limit: 100,
      ...range,
    }),
    [where, range],
  );
  const asked = useAsk(query);
  const [open, setOpen] = useState("");
  return (
    <div id="unpriced">
      <Panel title="Unpriced models" about="no price is known: their calls are in no sum">
        <Async
          of={asked}
          height={90}
          isEmpty={(answer) => rowsOf(answer).length === 0}
          empty={<Empty title="Every call of this time has a price" />}
        >
          {(answer) => (
            <ul className={css.unpriced}>
              {rowsOf(answer).map((row) => {
                const key = `${row.provider}/${row.model}`;
                const of = both(where, equals("provider", row.provider), equals("model", row.model));
                return (
                  <li key={key}>
                    <div className={css.model}>
                      <Link
                        className="plain-link"
                        to={links.traces({ where: both(of, 'cost_source = "unpriced"'), level: "spans", ...range })}
                      >
                        <b>{row.model}</b> <span className="dim">{row.provider}</span>
                      </Link>
                      <span className="dim">
                        <Figure value={row.calls} query={{ measure: "cost.unpriced", where: of, ...range }} /> calls,{" "}
                        {count(row.input)} tokens in, {count(row.output)} out
                      </span>
                      <Button
                        ml="auto"
                        variant={open === key ? "default" : "light"}
                        size="compact-xs"
                        aria-expanded={open === key}
                        onClick={() => setOpen(open === key ? "" : key)}
                      >
                        {open === key ? "Close" : "Set a price"}
                      </Button>
                    </div>
                    {open === key && <PriceForm model={row.model} provider={row.provider} />}
                  </li>
                );
              })}
            </ul>
          )}
        </Async>
      </Panel>
    </div>
  );
}

interface Row {
  provider: string;
  model: string;
  calls: number;
  input: number;
  output: number;
}

function rowsOf(answer: {
  series: { measure: string; by: Record<string, string | null>; points: { value: number | null }[] }[];
}): Row[] {
  const rows = new Map<string, Row>();
  for (const series of answer.series) {
    const { provider, model } = series.by;
    if (!model) continue;
    const key = `${provider}/${model}`;
    const row = rows.get(key) ?? { provider: provider ?? "", model, calls: 0, input: 0, output: 0 };
    const value = series.points[0]?.value ?? 0;
    if (series.measure === "cost.unpriced") row.calls = value;
    if (series.measure === "tokens.input") row.input = value;
    if (series.measure === "tokens.output") row.output = value;
    rows.set(key, row);
  }
  return [...rows.values()].filter((row) => row.calls > 0).sort((a, b) => b.calls - a.calls);
}
