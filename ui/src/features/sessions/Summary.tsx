import { Link } from "react-router";
import { useGet, type Schemas } from "@/api/hooks";
import { Stat, Stats } from "@/design/Stat";
import { Time } from "@/design/Badges";
import { count, duration, number, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { Cost, Names } from "./columns";
import { Rating, ScoreTags } from "./Rating";
import { judged, type Turn } from "./turns";
import css from "./session.module.css";

interface SummaryProps {
  session: Schemas["PersonAnswer"];
  turns: Turn[];
  /** Whether `turns` are all there are; scores are averaged over those that were loaded. */
  isWhole: boolean;
}

/** What the session sums up to, and the judgement of the whole. */
export function Summary({ session, turns, isWhole }: SummaryProps) {
  const { data: own } = useGet("/api/v1/scores", {
    query: { target_type: "session", target_id: session.id, limit: 100 },
  });
  const scores = judged(turns.flatMap((turn) => turn.scores));
  const wholes = own?.items ?? [];
  return (
    <aside className={css.summary} aria-label="Summary">
      <Stats>
        <Stat label="Turns" about="Traces of this session">
          {count(session.trace_count)}
        </Stat>
        <Stat label="With errors" about="Turns with a span that failed">
          <span className={session.failed_trace_count ? "bad" : undefined}>{count(session.failed_trace_count)}</span>
        </Stat>
        <Stat label="Mean turn" about="Mean duration of a trace of this session">
          {duration(session.mean_trace_ms)}
        </Stat>
        <Stat label="Length" about="From the first turn's beginning to the last one's end">
          {duration(session.duration_ms)}
        </Stat>
        <Stat label="Cost" about="Sum over all calls that have a price">
          <Cost row={session} />
        </Stat>
        <Stat label="Tokens" about="Sum over all calls">
          {count(session.total_tokens)}
        </Stat>
        {scores.slice(0, 4).map((score) => (
          <Stat
            key={score.name}
            label={score.name}
            about={`${score.isShare ? "Share of yes" : "Mean"} of ${count(score.n)} scores${isWhole ? "" : " of the turns loaded so far"}`}
            beside={<span className="dim">n = {count(score.n)}</span>}
          >
            {score.mean === null ? "–" : score.isShare ? percent(score.mean) : number(score.mean)}
          </Stat>
        ))}
      </Stats>
      <div className={css.who2}>
        <span>
          <span className="dim">User </span>
          {session.users?.length ? (
            session.users.slice(0, 3).map((user) => (
              <Link key={user} className="link" to={links.user(user)}>
                {user}{" "}
              </Link>
            ))
          ) : (
            <span className="dim">not told</span>
          )}
        </span>
        {session.tenants.length > 0 && (
          <span>
            <span className="dim">Tenant </span>
            <Names names={session.tenants} />
          </span>
        )}
        <span>
          <span className="dim">Service </span>
          <Names names={session.services} />
        </span>
        {session.models.length > 0 && (
          <span className="cut">
            <span className="dim">Models </span>
            <Names names={session.models} />
          </span>
        )}
        <span>
          <span className="dim">Began </span>
          <Time at={session.start} />
        </span>
        <span className={css.whole}>
          <ScoreTags scores={wholes} />
          <span className="dim">Whole session</span>
          <Rating target={{ target_type: "session", target_id: session.id }} scores={wholes} what="the session" />
        </span>
      </div>
    </aside>
  );
}
