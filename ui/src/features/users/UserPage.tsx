import { Button } from "@mantine/core";
import { IconListTree } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link, useParams } from "react-router";
import { useAsk, useGet, type QueryAnswer } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Time } from "@/design/Badges";
import { BarList } from "@/design/BarList";
import { chartSeries, seriesName, single } from "@/design/chartData";
import { Copy } from "@/design/Copy";
import { Figure } from "@/design/Figure";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Delta, Stat, Stats, type Meaning } from "@/design/Stat";
import { TimeChart } from "@/design/TimeChart";
import { Names } from "@/features/sessions/columns";
import { useRange } from "@/lib/address";
import { count, inUnit, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { both, equals, type Query } from "@/lib/query";
import { everyFor, previous, utcOffset } from "@/lib/time";
import { UserSessions } from "./UserSessions";
import css from "./users.module.css";

interface Headline {
  label: string;
  measure: string;
  unit: string;
  /** Beyond the user's own spans. */
  where?: string;
  more: Meaning;
  about: string;
}

const ROOTS = "is_root = true";
const HEADLINES: Headline[] = [
  { label: "Spend", measure: "cost.sum", unit: "USD", more: "bad", about: "Cost of all calls that have a price" },
  { label: "Traces", measure: "traces", unit: "count", more: "neutral", about: "Requests of this user" },
  {
    label: "Errors",
    measure: "error_rate",
    unit: "ratio",
    where: ROOTS,
    more: "bad",
    about: "Share of requests that failed",
  },
  {
    label: "Latency p95",
    measure: "latency.p95",
    unit: "ms",
    where: ROOTS,
    more: "bad",
    about: "95 % of requests took no longer",
  },
  { label: "Tokens", measure: "tokens.total", unit: "tokens", more: "neutral", about: "All tokens of all calls" },
  { label: "Sessions", measure: "distinct:session", unit: "count", more: "neutral", about: "Different sessions" },
];

/** One user: what they cost, how much they do, what goes wrong for them, and their sessions. */
export default function UserPage() {
  const { userId = "" } = useParams();
  const [range] = useRange();
  const user = useGet("/api/v1/users/{user}", { path: { user: userId } });
  const where = equals("user", userId);
  return (
    <PageFrame
      title={
        <>
          User <span className="mono">{userId}</span>
          <Copy text={userId} label="user id" />
        </>
      }
      range
      actions={
        <Button
          component={Link}
          variant="default"
          leftSection={<IconListTree size={15} />}
          to={links.traces({ where, ...range })}
        >
          Traces
        </Button>
      }
    >
      <Async of={user}>
        {(person) => (
          <div className={css.page}>
            <div className={css.facts}>
              <span>
                <span className="dim">Seen </span>
                <Time at={person.start} /> <span className="dim">to</span> <Time at={person.end} />
              </span>
              <span>
                <span className="dim">Tenant </span>
                <Names names={person.tenants} />
              </span>
              <span>
                <span className="dim">Services </span>
                <Names names={person.services} />
              </span>
              <span className="dim">
                {count(person.trace_count)} traces in {count(person.session_count)} sessions since they were first seen
              </span>
            </div>
            <Headlines where={where} />
            <Trends where={where} name={userId} />
            <Parts where={where} />
            <UserSessions where={where} />
          </div>
        )}
      </Async>
    </PageFrame>
  );
}

function Headlines({ where }: { where: string }) {
  const [range] = useRange();
  // Absolute times of now: made anew with every drawing, each would be another question.
  const before = useMemo(() => previous(range), [range]);
  const of = (one: Headline): Query => ({ measure: one.measure, where: both(where, one.where), ...range });
  const now = useAsk(HEADLINES.map(of));
  const then = useAsk(HEADLINES.map((one) => ({ ...of(one), ...before })));
  return (
    <Async of={now} height={76}>
      {(answers) => (
        <Stats>
          {HEADLINES.map((one, index) => {
            const figure = single(answers[index]);
            const old = single(then.data?.[index]);
            return (
              <Stat
                key={one.label}
                label={one.label}
                about={one.about}
                beside={
                  <Delta
                    now={figure.value}
                    before={old.value || null}
                    unit={one.unit}
                    meaning={one.more}
                    isReal={differs(figure, old)}
                  />
                }
              >
                <Figure
                  value={figure.value}
                  unit={one.unit}
                  query={of(one)}
                  low={figure.low}
                  high={figure.high}
                  n={figure.n}
                />
              </Stat>
            );
          })}
        </Stats>
      )}
    </Async>
  );
}

type Single = ReturnType<typeof single>;

/** Whether intervals, where there are any, do not overlap. */
function differs(now: Single, before: Single): boolean {
  if (now.low === null || before.low === null || now.high === null || before.high === null) return true;
  return now.low > before.high || now.high < before.low;
}

function Trends({ where, name }: { where: string; name: string }) {
  const [range] = useRange();
  const time = { every: everyFor(range, 40), ...range, offset: utcOffset() };
  const answers = useAsk([
    { measure: "cost.sum", where, by: ["model"], limit: 6, ...time },
    { measure: "traces", where, ...time },
    { measure: "error_rate", where: both(where, ROOTS), ...time },
    { measure: ["latency.p50", "latency.p95"], where: both(where, ROOTS), ...time },
  ] as Query[]);
  const charts = [
    { title: "Spend by model", unit: "USD", kind: "bars" as const },
    { title: "Traces", unit: "count", kind: "bars" as const },
    { title: "Error rate", unit: "ratio", kind: "line" as const },
    { title: "Latency", unit: "ms", kind: "line" as const },
  ];
  return (
    <div className={css.trends}>
      {charts.map((chart, index) => (
        <Panel key={chart.title} title={chart.title}>
          <Async of={answers} height={150}>
            {(found) => (
              <TimeChart
                label={`${chart.title} of ${name} over time`}
                kind={chart.kind}
                unit={chart.unit}
                height={150}
                sync="user"
                series={chartSeries(found[index]!).filter((one) =>
                  one.points.some((point) => point.value !== null && (chart.unit !== "USD" || point.value > 0)),
                )}
              />
            )}
          </Async>
        </Panel>
      ))}
    </div>
  );
}

const PARTS = [
  { title: "Models", by: "model", measure: "cost.sum", unit: "USD", where: 'kind = "llm"' },
  { title: "Features", by: "feature", measure: "traces", unit: "count", where: "" },
  { title: "Errors", by: "error_type", measure: "count", unit: "count", where: 'status = "error"' },
] as const;

/** What the user uses, and what fails for them; each leads to its traces. */
function Parts({ where }: { where: string }) {
  const [range] = useRange();
  const queries: Query[] = PARTS.map((part) => ({
    measure: part.measure,
    where: both(where, part.where),
    by: [part.by],
    limit: 8,
    ...range,
  }));
  const answers = useAsk(queries);
  return (
    <div className={css.grid}>
      {PARTS.map((part, index) => (
        <Panel
          key={part.title}
          title={part.title}
          about={part.measure === "cost.sum" ? "by cost" : part.measure === "traces" ? "by traces" : "failed spans"}
        >
          <Async
            of={answers}
            height={90}
            isEmpty={(found) => bars(found[index]!).length === 0}
            empty={<Empty title={part.title === "Errors" ? "Nothing failed" : "None in this range"} />}
          >
            {(found) => (
              <BarList
                label={part.title}
                bars={bars(found[index]!).map((series) => ({
                  key: seriesName(series),
                  name: seriesName(series),
                  value: series.points[0]?.value ?? 0,
                  bad: part.title === "Errors" ? 1 : 0,
                  shown:
                    series.points[0]?.value === null ? (
                      <span className="warn">unpriced</span>
                    ) : (
                      inUnit(series.points[0]?.value, part.unit)
                    ),
                  beside:
                    part.title === "Errors" ? undefined : (
                      <span className="dim">{percent((series.points[0]?.value ?? 0) / sum(found[index]!))}</span>
                    ),
                  to: series.other
                    ? undefined
                    : links.traces({
                        where: both(where, part.where, equals(part.by, series.by[part.by] ?? "")),
                        ...range,
                      }),
                }))}
              />
            )}
          </Async>
        </Panel>
      ))}
    </div>
  );
}

function bars(answer: QueryAnswer) {
  return answer.series.filter((series) => (series.points[0]?.n ?? 0) > 0 || (series.points[0]?.unpriced ?? 0) > 0);
}

function sum(answer: QueryAnswer): number {
  return answer.series.reduce((total, series) => total + (series.points[0]?.value ?? 0), 0) || 1;
}
