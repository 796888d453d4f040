import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { get, useGet } from "@/api/hooks";
import { Tag, Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { adviceFor } from "@/lib/refusal";
import { millis } from "@/lib/time";
import { arrivals, lacksContent, recognised, type Sender } from "./arrival";
import css from "./Start.module.css";

const EVERY_MS = 2500;

/** Waits for telemetry that is nobody's demo, says what was refused meanwhile, and what arrived. hint: how to send texts. */
export function Waiting({ hint }: { hint: string }) {
  // The server's clock decides: the browser's may be wrong.
  const status = useQuery({
    queryKey: ["start", "since"],
    queryFn: ({ signal }) => get("/api/v1/status", {}, signal),
    staleTime: Infinity,
    gcTime: 0,
  });
  const since = status.data ? millis(status.data.now) : null;
  if (since === null) return null;
  return <Watch since={since} hint={hint} />;
}

function Watch({ since, hint }: { since: number; hint: string }) {
  const [kept, setKept] = useState<Sender[]>([]);
  // Spans begin before they are sent; and clocks of senders are never quite right.
  const senders = useGet(
    "/api/v1/senders",
    { query: { from: "-15m", to: "now+15m" } },
    { refetchInterval: EVERY_MS, staleTime: 0 },
  );
  const refusals = useGet("/api/v1/ledger/refusals", {}, { refetchInterval: EVERY_MS, staleTime: 0 });
  const projects = useGet("/api/v1/projects", {}, { refetchInterval: 4 * EVERY_MS });
  const found = arrivals(senders.data?.items ?? [], since);
  if (found.length > kept.length) setKept(found);
  const shown = found.length ? found : kept;
  const knocks = (refusals.data?.items ?? []).filter((refusal) => millis(refusal.last_seen) >= since);
  const elsewhere = (projects.data?.items ?? []).find((project) => millis(project.created) >= since);
  return (
    <Panel>
      <div aria-live="polite" className={css.said} style={{ gap: 12 }}>
        {shown[0] ? <Arrived senders={shown} hint={hint} /> : <NotYet />}
        {knocks.slice(0, 3).map((refusal) => (
          <div key={refusal.message} className={css.waiting}>
            <IconAlertTriangle size={20} color="var(--bad)" aria-hidden />
            <div className={css.said}>
              <div>
                <b>Somebody knocked and was turned away:</b> {refusal.message}{" "}
                <Tag tone="bad">{adviceFor(refusal).what}</Tag>
              </div>
              <div className="dim">{adviceFor(refusal).todo}</div>
            </div>
          </div>
        ))}
        {!shown[0] && elsewhere && (
          <div>
            Telemetry made the project <b>{elsewhere.name}</b> <Time at={elsewhere.created} relative />: choose it above
            the navigation to look at it.
          </div>
        )}
      </div>
    </Panel>
  );
}

function NotYet() {
  return (
    <div className={css.waiting}>
      <span className={css.pulse} aria-hidden />
      <div className={css.said}>
        <b>Waiting for the first telemetry…</b>
        <span className="dim">
          Run your program. What it sends appears here within seconds; demo data does not count.
        </span>
      </div>
    </div>
  );
}

function Arrived({ senders, hint }: { senders: Sender[]; hint: string }) {
  const first = senders[0]!;
  return (
    <div className={css.waiting} data-testid="arrived">
      <IconCircleCheck size={22} color="var(--ok)" aria-hidden />
      <div className={css.said}>
        <b>It works: {first.service ? `“${first.service}” is here` : "telemetry is here"}.</b>
        {senders.slice(0, 5).map((sender) => (
          <div key={[sender.signal, sender.service, sender.sdk, sender.convention].join()}>
            {recognised(sender)}
            {sender.calls > 0 && `, ${count(sender.calls)} ${sender.calls === 1 ? "call" : "calls"} of models`}
          </div>
        ))}
        {senders.some(lacksContent) && (
          <div className="warn">Prompts and answers are not in it: content capture is off. {hint}</div>
        )}
        {first.signal === "spans" && first.convention === "plain" && (
          <div className="dim">
            These spans say nothing of AI. If they are calls of models in a dialect of your own,{" "}
            <Link className="link" to={links.settings("mappings")}>
              write a mapping
            </Link>
            .
          </div>
        )}
        <div style={{ display: "flex", gap: 14, marginTop: 4 }}>
          {first.example_trace_id && (
            <Link className="link" to={links.trace(first.example_trace_id)}>
              Open its trace
            </Link>
          )}
          <Link className="link" to={links.traces({ where: 'not (flag = "demo")' })}>
            All traces without demo data
          </Link>
        </div>
      </div>
    </div>
  );
}
