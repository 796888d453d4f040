import { Tooltip } from "@mantine/core";
import { Link } from "react-router";
import type { ReactNode } from "react";
import { Tag, Time } from "@/design/Badges";
import { Copy } from "@/design/Copy";
import { Figure } from "@/design/Figure";
import { Long } from "@/design/Long";
import { count, duration } from "@/lib/format";
import { links } from "@/lib/links";
import { equals, literal, type Query } from "@/lib/query";
import { millis } from "@/lib/time";
import type { Trace } from "./useOutline";
import type { Score } from "./Tree";
import { costWords, flagWords, scoreWords } from "./words";
import css from "./trace.module.css";

/** The numbers of a trace. Each tells how it was computed. */
export function Figures({ trace, isLive, scores }: { trace: Trace; isLive: boolean; scores: Score[] }) {
  const query = (measure: string): Query => ({
    measure,
    where: `trace_id = ${literal(trace.trace_id)}`,
    from: trace.start,
    // Ranges end before their end, and spans are asked for by when they began.
    to: new Date(millis(trace.end) + 1000).toISOString(),
  });
  return (
    <div className={css.figures}>
      <span className={css.figure}>
        <Time at={trace.start} withMs />
      </span>
      <Value label="took">
        {duration(trace.duration_ms)}
        {isLive && "…"}
      </Value>
      <Value label={trace.span_count === 1 ? "span" : "spans"}>
        <Figure value={trace.span_count} query={query("count")}>
          {count(trace.span_count)}
        </Figure>
      </Value>
      {trace.error_count > 0 && (
        <Value label="failed" tone="bad">
          <Figure
            value={trace.error_count}
            query={{ ...query("count"), where: `trace_id = ${literal(trace.trace_id)} and status = "error"` }}
          >
            {count(trace.error_count)}
          </Figure>
        </Value>
      )}
      {trace.call_count > 0 && trace.total_tokens > 0 && (
        <Value label={`tokens (${count(trace.input_tokens)} in, ${count(trace.output_tokens)} out)`}>
          <Figure value={trace.total_tokens} query={query("tokens.total")}>
            {count(trace.total_tokens)}
          </Figure>
        </Value>
      )}
      {trace.call_count > 0 && <Cost trace={trace} query={query("cost.sum")} />}
      {scores.map((score) => (
        <Tooltip key={score.id} label={[score.explanation, score.source, score.author].filter(Boolean).join(" · ")}>
          <span>
            <Value label={score.name}>{scoreWords(score)}</Value>
          </span>
        </Tooltip>
      ))}
    </div>
  );
}

function Cost({ trace, query }: { trace: Trace; query: Query }) {
  const words = costWords(trace.cost_total, trace.call_count, trace.unpriced_count);
  return (
    <Value
      label={
        trace.unpriced_count && trace.total_tokens ? (
          <Link className="link" to={links.prices(trace.models.length === 1 ? trace.models[0] : undefined)}>
            add a price
          </Link>
        ) : (
          "cost"
        )
      }
    >
      <Figure
        value={trace.cost_total}
        unit="usd"
        query={query}
        how={
          trace.unpriced_count
            ? `${trace.unpriced_count} of ${trace.call_count} calls have no price and are not in this sum.`
            : undefined
        }
      >
        {words}
      </Figure>
    </Value>
  );
}

function Value({ label, children, tone }: { label: ReactNode; children: ReactNode; tone?: "bad" }) {
  return (
    <span className={css.figure}>
      <b className={`num ${tone ?? ""}`}>{children}</b>
      <span className="dim">{label}</span>
    </span>
  );
}

/** Who, where and what for. Each leads to more like it. */
export function Facts({ trace, compact }: { trace: Trace; compact: boolean }) {
  const around = {
    from: new Date(millis(trace.start) - 12 * 3_600_000).toISOString(),
    to: new Date(millis(trace.end) + 12 * 3_600_000).toISOString(),
  };
  const like = (field: string, value: string) => links.traces({ where: equals(field, value), ...around });
  const facts: [string, string, string][] = [
    ["service", trace.service, like("service", trace.service)],
    ["session", trace.session, links.session(trace.session)],
    ["user", trace.user, links.user(trace.user)],
    ...(compact
      ? []
      : ([
          ["tenant", trace.tenant, like("tenant", trace.tenant)],
          ["feature", trace.feature, like("feature", trace.feature)],
        ] satisfies [string, string, string][])),
    ["env", trace.environment, like("environment", trace.environment)],
    ["release", trace.release, like("release", trace.release)],
  ];
  return (
    <div className={css.facts}>
      {facts
        .filter(([, value]) => value)
        .map(([name, value, to]) => (
          <span key={name} className={css.fact}>
            <span className="dim">{name}</span>
            <Link to={to} className="link" style={{ minWidth: 0, display: "inline-flex" }}>
              <Long text={value} />
            </Link>
          </span>
        ))}
      {!compact && trace.models.length > 0 && (
        <span className={css.fact}>
          <span className="dim">{trace.models.length === 1 ? "model" : "models"}</span>
          <Long text={trace.models.join(", ")} />
        </span>
      )}
      {!compact && (
        <span className={css.fact}>
          <span className="dim">id</span>
          <span className="mono">{trace.trace_id.slice(0, 8)}</span>
          <Copy text={trace.trace_id} label="trace id" />
        </span>
      )}
      {trace.flags
        .filter((flag) => !compact || flag !== "demo")
        .map((flag) => (
          <Tooltip key={flag} label={flagWords(flag)}>
            <span>
              <Tag tone={flag === "demo" ? "plain" : "warn"}>
                {flag === "demo" ? "demo data" : flag.replace(/_/g, " ")}
              </Tag>
            </span>
          </Tooltip>
        ))}
    </div>
  );
}
