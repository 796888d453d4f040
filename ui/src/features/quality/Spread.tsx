import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { BarList } from "@/design/BarList";
import { Panel } from "@/design/PageFrame";
import { useRange } from "@/lib/address";
import { count, number } from "@/lib/format";
import { links } from "@/lib/links";
import { both } from "@/lib/query";
import { Link } from "@/design/Link";
import { isFailing } from "./scores";
import css from "./quality.module.css";

/** How values and categories are spread; a bar leads to the traces in it. */
export function Spread({ score, where }: { score: string; where: string }) {
  const [range] = useRange();
  const asked = useGet(
    "/api/v1/quality/distribution",
    { query: { name: score, from: range.from, to: range.to, where } },
    { keep: true },
  );
  return (
    <Panel title="How it is spread" about={asked.data?.n ? `n = ${count(asked.data.n)}` : undefined}>
      <Async
        of={asked}
        height={180}
        isEmpty={(data) => data.n === 0 && data.labels.length === 0}
        empty={<Empty title="Nothing was judged" />}
      >
        {({ bins, labels }) => {
          const most = Math.max(...bins.map((bin) => bin.n), 1);
          const least = bins[0]?.low ?? 0;
          const highest = bins.at(-1)?.high ?? 1;
          return (
            <>
              {bins.length > 0 && (
                <>
                  <div className={css.bins}>
                    {bins.map((bin, at) => {
                      const isLast = at === bins.length - 1;
                      const words = `${number(bin.low)} to ${number(bin.high)}: ${count(bin.n)}`;
                      const fill = (
                        <span
                          className={`${css.fill} ${isFailing(bin.high, least, highest) ? css.fail : ""}`}
                          style={{ height: bin.n ? `${Math.max(2, (bin.n / most) * 100)}%` : 0 }}
                        />
                      );
                      return bin.n === 0 ? (
                        <span key={at} className={css.bin} title={words} />
                      ) : (
                        <Link
                          key={at}
                          className={css.bin}
                          title={words}
                          aria-label={`Traces scored ${words}`}
                          to={links.traces({
                            ...range,
                            level: "spans",
                            where: both(
                              where,
                              `score["${score}"] >= ${bin.low.toFixed(6)}`,
                              `score["${score}"] ${isLast ? "<=" : "<"} ${bin.high.toFixed(6)}`,
                            ),
                          })}
                        >
                          {fill}
                        </Link>
                      );
                    })}
                  </div>
                  <div className={`${css.ends} dim num`} aria-hidden>
                    <span>{number(least)}</span>
                    <span>{number(highest)}</span>
                  </div>
                </>
              )}
              {labels.length > 0 && (
                <p className="dim">
                  {/* Values are of the requests of this time, labels of the scores: those of older requests come later. */}
                  Labels given in this time, also to requests from before it: n ={" "}
                  {count(labels.reduce((sum, one) => sum + one.n, 0))}
                </p>
              )}
              {labels.length > 0 && (
                <BarList
                  label={`Labels of ${score}`}
                  bars={labels.slice(0, 12).map((one) => ({
                    key: one.label,
                    name: one.label,
                    value: one.n,
                    shown: count(one.n),
                  }))}
                />
              )}
            </>
          );
        }}
      </Async>
    </Panel>
  );
}
