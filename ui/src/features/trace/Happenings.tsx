import { Link } from "react-router";
import { Time } from "@/design/Badges";
import { Code, Json } from "@/design/Code";
import { Copy } from "@/design/Copy";
import { duration } from "@/lib/format";
import { links } from "@/lib/links";
import { millis } from "@/lib/time";
import type { Content, Event } from "./content";
import { Logs } from "./Logs";
import type { Outline } from "./outline";
import { Section } from "./Value";

interface Props {
  traceId: string;
  content: Content;
  outline: Outline;
  onChoose: (place: number) => void;
}

/** Events, links and log records of a span. */
export function Happenings({ traceId, content, outline, onChoose }: Props) {
  return (
    <>
      <Section title="Events">
        {content.events.length ? (
          content.events.map((event, at) => <EventView key={at} event={event} from={content.start} />)
        ) : (
          <span className="dim">None were sent.</span>
        )}
      </Section>
      {content.links.length > 0 && (
        <Section title="Links to other spans">
          {content.links.map((link, at) => (
            <div key={at} style={{ marginBottom: 8 }}>
              <Link className="link mono" to={links.trace(link.trace_id, link.span_id)}>
                {link.trace_id.slice(0, 8)} / {link.span_id}
              </Link>
              <Copy text={link.trace_id} label="trace id" />
              {Object.keys(link.attributes ?? {}).length > 0 && (
                <Json value={link.attributes} label="attributes of the link" />
              )}
            </div>
          ))}
        </Section>
      )}
      <Section title="Log records of this span">
        <Logs traceId={traceId} spanId={content.span_id} outline={outline} onChoose={onChoose} />
      </Section>
    </>
  );
}

function EventView({ event, from }: { event: Event; from: string }) {
  const { "exception.stacktrace": stack, ...rest } = event.attributes ?? {};
  return (
    <div style={{ marginBottom: 12 }}>
      <div style={{ display: "flex", gap: 10, marginBottom: 4 }}>
        <b className={event.name === "exception" ? "bad" : undefined}>{event.name}</b>
        <span className="dim">
          <Time at={event.time} withMs /> (+{duration(Math.max(0, millis(event.time) - millis(from)))})
        </span>
      </div>
      {Object.keys(rest).length > 0 && <Json value={rest} label={`attributes of ${event.name}`} />}
      {typeof stack === "string" && <Code text={stack} label="stack trace" />}
    </div>
  );
}
