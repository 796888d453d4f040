import { Tooltip, useComputedColorScheme } from "@mantine/core";
import type { Answer } from "@/api/hooks";
import { SERIES } from "@/app/theme";
import { Async, Empty, type Asked } from "@/design/Async";
import { Panel } from "@/design/PageFrame";
import { count, money, percent } from "@/lib/format";
import { classesOf } from "./classes";
import css from "./cost.module.css";

/** What the money was paid for: tokens and USD of each class. Classes do not overlap. */
export function TokenClasses({ spending }: { spending: Asked<Answer<"/api/v1/spending">> }) {
  const palette = SERIES[useComputedColorScheme("light")];
  return (
    <Panel title="By token class">
      <Async
        of={spending}
        height={220}
        isEmpty={(told) => classesOf(told.totals).length === 0}
        empty={<Empty title="No tokens">No call of this time reports tokens.</Empty>}
      >
        {(told) => {
          const classes = classesOf(told.totals).map((one, index) => ({ ...one, colour: palette[index]! }));
          const total = classes.reduce((sum, one) => sum + one.usd, 0);
          return (
            <>
              <div className={css.split} aria-hidden>
                {classes
                  .filter((one) => one.usd > 0)
                  .map((one) => (
                    <Tooltip key={one.id} label={`${one.title}: ${money(one.usd)}`}>
                      <span style={{ flexGrow: one.usd / total, background: one.colour }} />
                    </Tooltip>
                  ))}
              </div>
              <table className={css.classes}>
                <caption className="visually-hidden">Tokens and cost by class</caption>
                <thead>
                  <tr>
                    <th scope="col">Class</th>
                    <th scope="col">Tokens</th>
                    <th scope="col">Cost</th>
                    <th scope="col">Share</th>
                  </tr>
                </thead>
                <tbody className="num">
                  {classes.map((one) => (
                    <tr key={one.id}>
                      <th scope="row">
                        <Tooltip label={one.about}>
                          <span>
                            <span className={css.swatch} style={{ background: one.colour }} />
                            {one.title}
                          </span>
                        </Tooltip>
                      </th>
                      <td>{one.tokens ? count(one.tokens) : "–"}</td>
                      <td>{money(one.usd)}</td>
                      <td>{total ? percent(one.usd / total) : "–"}</td>
                    </tr>
                  ))}
                </tbody>
                <tfoot className="num">
                  <tr>
                    <th scope="row">All</th>
                    <td>{count(classes.reduce((sum, one) => sum + one.tokens, 0))}</td>
                    <td>{money(told.totals.total)}</td>
                    <td />
                  </tr>
                </tfoot>
              </table>
              <p className={css.note}>
                The stored cost of input and output, shared out by the unit prices of each model's tariff.
                {told.totals.unpriced > 0 && " Tokens of unpriced calls are counted; their money is unknown."}
              </p>
            </>
          );
        }}
      </Async>
    </Panel>
  );
}
