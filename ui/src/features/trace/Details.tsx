import { Link } from "react-router";
import { useGet } from "@/api/hooks";
import { Tag, Time } from "@/design/Badges";
import { ValueView } from "./MessageView";
import { count, duration, money, number, percent } from "@/lib/format";
import { links } from "@/lib/links";
import type { Content } from "./content";
import type { Outline } from "./outline";
import { FactList, Section, type Fact } from "./Value";
import { flagWords } from "./words";
import css from "./detail.module.css";

interface Props {
  content: Content;
  outline: Outline;
  onChoose: (place: number) => void;
}

/** When, with what, for how much; where it stands. */
export function Details({ content, outline, onChoose }: Props) {
  const params = Object.entries(content.params ?? {});
  const metadata = Object.entries(content.metadata ?? {});
  return (
    <>
      <Section title="Call">
        <FactList facts={call(content)} at={content.start} />
      </Section>
      <Tokens content={content} />
      <Price content={content} />
      {params.length > 0 && (
        <Section title="Parameters">
          <FactList
            at={content.start}
            facts={params.map(([label, value]) => ({
              label,
              children: typeof value === "object" ? <ValueView value={value} /> : String(value),
              field: `params.${label}`,
            }))}
          />
        </Section>
      )}
      <Prompt content={content} />
      <Section title="Who and where">
        <FactList facts={context(content)} at={content.start} />
      </Section>
      {metadata.length > 0 && (
        <Section title="Metadata">
          <FactList
            at={content.start}
            facts={metadata.map(([label, value]) => ({
              label,
              children: typeof value === "object" ? <ValueView value={value} /> : String(value),
              field: `metadata["${label}"]`,
              value,
            }))}
          />
        </Section>
      )}
      <Place content={content} outline={outline} onChoose={onChoose} />
    </>
  );
}

function call(content: Content): Fact[] {
  const speed =
    content.output_tokens && content.duration_ms
      ? (content.output_tokens / Math.max(content.duration_ms - (content.ttft_ms ?? 0), 1)) * 1000
      : null;
  const served = content.response_model && content.request_model && content.response_model !== content.request_model;
  return [
    { label: "Began", children: <Time at={content.start} withMs /> },
    { label: "Took", children: duration(content.duration_ms) },
    ...when(content.ttft_ms !== null && content.ttft_ms !== undefined, {
      label: "First token after",
      children: duration(content.ttft_ms),
    }),
    ...when(content.streaming !== null && content.streaming !== undefined, {
      label: "Streamed",
      children: content.streaming ? "yes" : "no",
    }),
    ...when(speed !== null && content.kind === "llm", {
      label: "Speed",
      children: `${number(speed)} output tokens/s${content.ttft_ms ? " after the first" : ""}`,
    }),
    ...said("Provider", "provider", content.provider),
    ...said(
      served ? "Model asked for" : "Model",
      served ? "request_model" : "model",
      served ? content.request_model : content.model,
    ),
    ...(served ? said("Model that answered", "response_model", content.response_model) : []),
    ...said("Operation", "operation", content.operation),
    ...said("Service tier", "service_tier", content.service_tier),
    ...when((content.finish_reasons ?? []).length > 0, {
      label: "Finished because",
      children: (content.finish_reasons ?? []).join(", "),
    }),
    ...said("Tool", "tool_name", content.tool_name),
    ...said("Tool call", "tool_call_id", content.tool_call_id),
    ...said("Response id", "response_id", content.response_id),
    ...when(Boolean(content.top_k), { label: "Asked for at most", children: `${content.top_k} documents` }),
    ...when(Boolean(content.embedding_dimensions), {
      label: "Dimensions",
      children: count(content.embedding_dimensions),
    }),
    ...(content.flags ?? []).map((flag) => ({
      label: flag === (content.flags ?? [])[0] ? "Marks" : " ",
      children: <Tag tone={flag === "demo" ? "plain" : "warn"}>{flagWords(flag)}</Tag>,
    })),
  ];
}

function when(isSo: boolean, fact: Fact): Fact[] {
  return isSo ? [fact] : [];
}

function said(label: string, field: string, value: string): Fact[] {
  return value ? [{ label, children: value, field, value }] : [];
}

function context(content: Content): Fact[] {
  return [
    ...said("Service", "service", content.service),
    ...said("Environment", "environment", content.environment),
    ...said("Release", "release", content.release),
    ...said("Region", "region", content.region),
    ...(content.session
      ? [
          {
            label: "Session",
            children: (
              <Link className="link" to={links.session(content.session)}>
                {content.session}
              </Link>
            ),
            field: "session",
            value: content.session,
          },
        ]
      : []),
    ...(content.user
      ? [
          {
            label: "User",
            children: (
              <Link className="link" to={links.user(content.user)}>
                {content.user}
              </Link>
            ),
            field: "user",
            value: content.user,
          },
        ]
      : []),
    ...said("Tenant", "tenant", content.tenant),
    ...said("Team", "team", content.team),
    ...said("Feature", "feature", content.feature),
    ...said("Agent", "agent", content.agent),
    ...said("Workflow", "workflow", content.workflow),
    ...when((content.tags ?? []).length > 0, { label: "Tags", children: (content.tags ?? []).join(", ") }),
    ...said("Sent by", "sdk_name", content.sdk_name && `${content.sdk_name}`),
    ...said("SDK version", "sdk_version", content.sdk_version),
    ...said("Convention", "convention", content.convention),
    { label: "Arrived", children: <Time at={content.received} /> },
  ];
}

/** Tokens by class. Input includes cached, cache-write and audio tokens; output includes reasoning and audio. */
function Tokens({ content }: { content: Content }) {
  const { input_tokens: input, output_tokens: output } = content;
  if (input === null && output === null && content.total_tokens === null) return null;
  const share = (part: number | null | undefined, whole: number | null | undefined) =>
    part && whole ? ` (${percent(part / whole)})` : "";
  const line = (label: string, tokens: number | null | undefined, whole?: number | null): Fact[] =>
    tokens ? [{ label, children: `${count(tokens, true)}${share(tokens, whole)}` }] : [];
  return (
    <Section title="Tokens">
      <FactList
        at={content.start}
        facts={[
          ...line("Input", input),
          ...line("· read from cache", content.cached_input_tokens, input),
          ...line("· written to cache", content.cache_write_tokens, input),
          ...line("· audio", content.audio_input_tokens, input),
          ...line("Output", output),
          ...line("· reasoning", content.reasoning_tokens, output),
          ...line("· of it audio", content.audio_output_tokens, output),
          ...line("Total", content.total_tokens),
        ]}
      />
    </Section>
  );
}

const ITEMS: Record<string, string> = {
  input: "Input, not cached",
  cached_input: "Read from cache",
  cache_write: "Written to cache",
  output: "Output",
  reasoning: "Reasoning",
  audio_input: "Audio in",
  audio_output: "Audio out",
  request: "Request",
  second: "Seconds",
};

/** The bill: each class times its price, and where the price is from. */
function Price({ content }: { content: Content }) {
  const isCall = ["llm", "embedding", "reranker"].includes(content.kind ?? "");
  const asked = useGet(
    "/api/v1/prices/explain",
    { query: { trace_id: content.trace_id, span_id: content.span_id } },
    { enabled: isCall, staleTime: 60_000 },
  );
  if (!isCall) return null;
  const told = asked.data;
  const isUnpriced = content.cost_source === "unpriced";
  const isOld =
    told &&
    told.cost.total !== null &&
    content.cost_total !== null &&
    content.cost_total !== undefined &&
    Math.abs(told.cost.total - content.cost_total) > Math.max(1e-9, content.cost_total * 1e-6);
  return (
    <Section title="Cost">
      {told && told.lines.length > 0 && (
        <table className={css.bill}>
          <thead>
            <tr>
              <th>{told.tariff}</th>
              <th>Amount</th>
              <th>Price</th>
              <th>Cost</th>
            </tr>
          </thead>
          <tbody className="num">
            {told.lines.map((line) => (
              <tr key={line.item}>
                <td>{ITEMS[line.item] ?? line.item}</td>
                <td>{number(line.quantity)}</td>
                <td>
                  {money(line.unit_price)} / {line.per}
                </td>
                <td>{money(line.amount_usd, true)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot className="num">
            <tr>
              <td colSpan={3}>{isOld ? "With today's prices" : "Total"}</td>
              <td>{money(told.cost.total, true)}</td>
            </tr>
          </tfoot>
        </table>
      )}
      {isUnpriced && (
        <p>
          <b>Unpriced.</b> It is in no sum.{" "}
          {content.total_tokens ? (
            <Link className="link" to={links.prices(content.model)}>
              Add a price for {content.model || "this model"}
            </Link>
          ) : (
            "The call did not report how many tokens it took."
          )}
        </p>
      )}
      {isOld && (
        <p>
          Stored as {money(content.cost_total, true)}: the price has changed since. Re-price to bring history up to
          date.
        </p>
      )}
      <ul style={{ margin: "6px 0 0", paddingLeft: 18 }} className="dim">
        {content.cost_source && !isUnpriced && <li>{sourceWords(content.cost_source)}</li>}
        {told?.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
        {content.reported_cost_total !== null && content.reported_cost_total !== undefined && (
          <li>
            the sender reported {money(content.reported_cost_total, true)}
            {told?.difference !== null &&
              told?.difference !== undefined &&
              `: ours is ${percent(Math.abs(told.difference))} ${told.difference >= 0 ? "higher" : "lower"}`}
          </li>
        )}
        {asked.error && <li className="bad">{asked.error.message}</li>}
      </ul>
    </Section>
  );
}

function sourceWords(source: string): string {
  if (source === "reported") return "the sender's own figure: no price is known here";
  const [kind, name] = source.split(/:(.*)/s);
  return kind === "book"
    ? `priced with the price book ${name}`
    : kind === "override"
      ? `priced with your own price ${name}`
      : source;
}

function Prompt({ content }: { content: Content }) {
  if (!content.prompt_name && !content.prompt_template) return null;
  const variables = Object.entries(content.prompt_variables ?? {});
  return (
    <Section title="Prompt">
      <FactList
        at={content.start}
        facts={[
          ...said("Name", "prompt_name", content.prompt_name),
          ...said("Version", "prompt_version", content.prompt_version),
          ...said("Label", "prompt_label", content.prompt_label),
          ...variables.map(([label, value]) => ({ label: `{${label}}`, children: <ValueView value={value} /> })),
        ]}
      />
      {content.prompt_template && <ValueView value={content.prompt_template} />}
    </Section>
  );
}

/** Its ancestors, to step up to. */
function Place({ content, outline, onChoose }: Props) {
  const place = outline.placeOf(content.span_id);
  const above = place < 0 ? [] : [...outline.above(place)].reverse();
  return (
    <Section title="Place in the trace">
      <FactList
        at={content.start}
        facts={[
          {
            label: "Span id",
            children: <span className="mono">{content.span_id}</span>,
            field: "span_id",
            value: content.span_id,
          },
          ...(content.parent_id
            ? [
                {
                  label: "Parent id",
                  children: <span className="mono">{content.parent_id}</span>,
                  field: "parent_id",
                  value: content.parent_id,
                },
              ]
            : []),
        ]}
      />
      <div style={{ marginTop: 6, display: "flex", gap: 4, flexWrap: "wrap" }}>
        {above.map((up) => (
          <span key={up}>
            <button
              type="button"
              className="link"
              style={{ border: 0, background: "none", padding: 0, cursor: "pointer", font: "inherit" }}
              onClick={() => onChoose(up)}
            >
              {outline.name(up)}
            </button>
            <span className="dim"> › </span>
          </span>
        ))}
        <span>{content.name}</span>
      </div>
    </Section>
  );
}
