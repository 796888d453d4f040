import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Json } from "@/design/Code";
import { Fold } from "./Fold";
import { asText } from "./content";
import type { Outline } from "./outline";
import css from "./trace.module.css";

const MOST = 500;
type Log = Schemas["Log"];

/** Log records of the trace, or of one of its spans, oldest first. */
export function Logs({
  traceId,
  spanId = "",
  outline,
  onChoose,
}: {
  traceId: string;
  spanId?: string;
  outline: Outline;
  onChoose: (place: number) => void;
}) {
  const asked = useGet("/api/v1/logs", { query: { trace_id: traceId, span_id: spanId, limit: MOST, order: "oldest" } });
  const empty = (
    <Empty title="No log records">
      {spanId
        ? "No log record carries this span's id."
        : "No log record carries this trace's id. Send logs over OTLP from the same process, and they stand here."}
    </Empty>
  );
  return (
    <div className={css.scroll} style={{ padding: "8px 20px" }}>
      <Async of={asked} isEmpty={(data) => !data.items.length} empty={empty}>
        {(data) => (
          <>
            {data.items.map((log, at) => (
              <LogLine
                key={at}
                log={log}
                name={spanId ? "" : nameOf(outline, log)}
                onChoose={() => onChoose(outline.placeOf(log.span_id))}
              />
            ))}
            {data.next_cursor && <p className="dim">{`The first ${MOST} are shown.`}</p>}
          </>
        )}
      </Async>
    </div>
  );
}

function nameOf(outline: Outline, log: Log): string {
  const place = outline.placeOf(log.span_id);
  return place < 0 ? "" : outline.name(place);
}

function LogLine({ log, name, onChoose }: { log: Log; name: string; onChoose: () => void }) {
  const tone = log.severity >= 17 ? "bad" : log.severity >= 13 ? "warn" : "plain";
  const text = asText(log.body) || log.event_name;
  return (
    <div style={{ borderBottom: "1px solid var(--line)", padding: "3px 0" }}>
      <Fold
        label={
          <span style={{ display: "inline-flex", gap: 10, alignItems: "center", minWidth: 0 }}>
            <Time at={log.time} withMs />
            <Tag tone={tone}>{log.severity_text || "log"}</Tag>
            <span className="cut" style={{ color: "var(--mantine-color-text)" }}>
              {text}
            </span>
          </span>
        }
      >
        {name && (
          <p style={{ margin: "4px 0" }}>
            <button
              type="button"
              className="link"
              style={{ border: 0, background: "none", padding: 0, cursor: "pointer", font: "inherit" }}
              onClick={onChoose}
            >
              {name}
            </button>
          </p>
        )}
        <Json
          value={{
            body: log.body,
            event_name: log.event_name || undefined,
            attributes: log.attributes,
            resource: log.resource,
          }}
          label="log record"
        />
      </Fold>
    </div>
  );
}
