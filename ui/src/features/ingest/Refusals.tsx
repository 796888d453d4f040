import { Link } from "react-router";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Copy } from "@/design/Copy";
import { Panel } from "@/design/PageFrame";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { adviceFor, type Refusal } from "@/lib/refusal";
import css from "./Ingest.module.css";

/** Why telemetry was turned away, with what to do about it. Nothing is drawn while nothing was. */
export function Refusals() {
  const refusals = useGet("/api/v1/ledger/refusals", {}, { refetchInterval: 10_000, keep: true });
  return (
    <Async of={refusals} isEmpty={({ items }) => items.length === 0} empty={<></>}>
      {({ items }) => (
        <Panel title="Refused, and why" about="since the server began" flush>
          {items.slice(0, 20).map((refusal) => (
            <One key={`${refusal.wire}${refusal.sender}${refusal.status}${refusal.message}`} refusal={refusal} />
          ))}
          {items.length > 20 && (
            <div className="dim" style={{ padding: "8px 14px" }}>
              and {count(items.length - 20)} more reasons
            </div>
          )}
        </Panel>
      )}
    </Async>
  );
}

function One({ refusal }: { refusal: Refusal }) {
  const { what, todo } = adviceFor(refusal);
  return (
    <div className={css.refusal}>
      <div className={css.message}>
        <Tag tone={refusal.retryable ? "warn" : "bad"}>{what}</Tag> {refusal.message}{" "}
        <Copy text={refusal.message} label="message" />
      </div>
      <div className={`${css.beside} num`}>
        {count(refusal.requests)} {refusal.requests === 1 ? "request" : "requests"}
        {refusal.items > 0 && `, ${count(refusal.items)} items`}
      </div>
      <div className="dim">
        {todo}{" "}
        {(refusal.status === 401 || refusal.status === 403) && (
          <Link className="link" to={links.settings("keys")}>
            API keys
          </Link>
        )}
      </div>
      <div className={`${css.beside} dim`}>
        <Time at={refusal.last_seen} relative />
      </div>
      <div className="dim mono" style={{ gridColumn: "1 / -1" }}>
        {refusal.sender || "sender without a name"} · {refusal.door}
        {!refusal.known_project && " · project not known"}
      </div>
    </div>
  );
}
