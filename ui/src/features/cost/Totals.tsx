import { useMemo } from "react";
import { useWholeBefore } from "@/api/coverage";
import { useAsk, type Answer, type Point } from "@/api/hooks";
import { Async, type Asked } from "@/design/Async";
import { Figure } from "@/design/Figure";
import { Sparkline } from "@/design/Sparkline";
import { Delta, Stat, Stats } from "@/design/Stat";
import { useRange } from "@/lib/address";
import { count, money, percent } from "@/lib/format";
import type { Query } from "@/lib/query";
import { everyFor, previous, utcOffset } from "@/lib/time";
import { cachedShare } from "./classes";
import { useMonth } from "./useMonth";

type Spending = Answer<"/api/v1/spending">;

/** The bill in a line: spent, what the month will come to, what caching saved, what has no price. */
export function Totals({ where, spending }: { where: string; spending: Asked<Spending> }) {
  const [range] = useRange();
  const query: Query = useMemo(() => ({ measure: "cost.sum", where, ...range }), [where, range]);
  const asked = useAsk(
    useMemo(
      () => [query, { ...query, ...previous(range) }, { ...query, every: everyFor(range, 48), offset: utcOffset() }],
      [query, range],
    ),
  );
  const month = useMonth(where);
  const isWhole = useWholeBefore(range);
  return (
    <Async of={asked} height={96}>
      {([now, before, over]) => {
        const [point, past] = [now, before].map((answer) => answer?.series[0]?.points[0]);
        return (
          <Stats>
            <Stat
              label="Spent"
              about="Cost of all calls of this time that have a price."
              beside={
                isWhole && (
                  <Delta now={point?.value ?? null} before={past?.value ?? null} unit="USD" meaning="neutral" />
                )
              }
              below={
                <Sparkline values={over?.series[0]?.points.map((one) => one.value) ?? []} width={150} height={26} />
              }
            >
              <Figure value={point?.value} unit="USD" query={query} n={point?.n} how={leftOut(point)} />
            </Stat>
            <MonthStat asked={month} />
            <PerCall point={point} query={query} />
            <CacheStats spending={spending} />
            <Stat
              label="Unpriced calls"
              about="Calls that report tokens, but no price is known for their model. No sum contains them."
              below={
                point?.unpriced ? (
                  <a className="link" href="#unpriced">
                    Price them
                  </a>
                ) : (
                  <span className="dim">every call has a price</span>
                )
              }
            >
              <Figure value={point?.unpriced ?? 0} query={{ ...query, measure: "cost.unpriced" }} />
            </Stat>
          </Stats>
        );
      }}
    </Async>
  );
}

function leftOut(point: Point | undefined): string | undefined {
  return point?.unpriced ? `${count(point.unpriced)} calls have no price and are left out.` : undefined;
}

function PerCall({ point, query }: { point: Point | undefined; query: Query }) {
  const asked = useAsk({ ...query, measure: "cost.avg" });
  const mean = asked.data?.series[0]?.points[0];
  return (
    <Stat
      label="Per call"
      about="Mean cost of a call that has a price."
      below={<Dim>{count(point?.n ?? null)} priced calls</Dim>}
    >
      <Figure
        value={mean?.value}
        unit="USD"
        low={mean?.low}
        high={mean?.high}
        n={mean?.n}
        query={{ ...query, measure: "cost.avg" }}
      />
    </Stat>
  );
}

function MonthStat({ asked }: { asked: ReturnType<typeof useMonth> }) {
  const month = asked.data?.month;
  return (
    <Stat
      label="This month will be"
      about="What is spent since the first of the month and what the forecast adds, with its 95 % prediction interval."
      below={
        <Dim>
          {month
            ? `${money(month.low)} – ${money(month.high)}`
            : asked.error
              ? asked.error.message
              : (asked.data?.reason ?? "…")}
        </Dim>
      }
    >
      {month ? `≈ ${money(month.projected)}` : "–"}
    </Stat>
  );
}

function CacheStats({ spending }: { spending: Asked<Spending> }) {
  const totals = spending.data?.totals;
  const share = totals ? cachedShare(totals) : null;
  const net = totals ? totals.saved - totals.premium : null;
  return (
    <Stat
      label="Saved by caching"
      about={
        totals
          ? `Cached tokens × (price of input − price of cached input) = ${money(totals.saved)}, less what cache writes cost above plain input, ${money(totals.premium)}.`
          : undefined
      }
      below={<Dim>{share === null ? "no prompt tokens" : `${percent(share)} of prompt tokens cached`}</Dim>}
    >
      {money(net)}
    </Stat>
  );
}

function Dim({ children }: { children: React.ReactNode }) {
  return <span className="dim">{children}</span>;
}
