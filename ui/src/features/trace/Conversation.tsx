import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { Code, Json } from "@/design/Code";
import { Copy } from "@/design/Copy";
import { Markdown } from "@/design/Markdown";
import { count } from "@/lib/format";
import { toolName, type Content, type Document, type Message } from "./content";
import { Fold } from "./Fold";
import { MessageView, TextView, ValueView, type Mode } from "./MessageView";
import { DocumentLine, Failure } from "./TurnView";
import { Section } from "./Value";
import css from "./detail.module.css";

const MODES: { value: Mode; label: string }[] = [
  { value: "rendered", label: "Rendered" },
  { value: "json", label: "JSON" },
  { value: "raw", label: "Raw" },
];

/** What went in and what came out. */
export function Conversation({ content }: { content: Content }) {
  const [mode, setMode] = useState<Mode>("rendered");
  const isTool = content.kind === "tool";
  const isBlank =
    !content.input.length &&
    !content.output.length &&
    !content.input_text &&
    !content.output_text &&
    !content.documents.length &&
    content.tool_arguments === null &&
    content.tool_result === null;
  return (
    <>
      {content.status === "error" && (
        <div className={css.section}>
          <Failure type={content.error_type} message={content.status_message} />
        </div>
      )}
      {!isBlank && (
        <SegmentedControl
          aria-label="How messages are shown"
          data={MODES}
          value={mode}
          onChange={(value) => setMode(value as Mode)}
          mb={12}
        />
      )}
      {content.tool_definitions.length > 0 && <Tools content={content} />}
      {content.system_prompt && (
        <Section
          title={`System prompt (${count(content.system_prompt.length)} characters)`}
          actions={<Copy text={content.system_prompt} label="system prompt" />}
        >
          {mode === "rendered" ? (
            <TextView text={content.system_prompt} />
          ) : (
            <Code text={content.system_prompt} label="system prompt" />
          )}
        </Section>
      )}
      {isTool ? <ToolContent content={content} mode={mode} /> : <Sides content={content} mode={mode} />}
      <Documents title="Documents" documents={content.documents} mode={mode} />
      <Documents title="Documents before reranking" documents={content.input_documents} mode={mode} />
      {isBlank && content.status !== "error" && <p className="dim">Neither input nor output was recorded.</p>}
      {isBlank && content.kind === "llm" && (
        <p className="dim">
          Most SDKs record messages only when told to, e.g. by{" "}
          <code>OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true</code>.
        </p>
      )}
    </>
  );
}

function Sides({ content, mode }: { content: Content; mode: Mode }) {
  const repeatsDocuments = content.documents.length > 0 && !content.output.length;
  return (
    <>
      {content.query && content.query !== content.input_text && (
        <Section title="Query" actions={<Copy text={content.query} label="query" />}>
          <TextView text={content.query} />
        </Section>
      )}
      <Side title="Input" messages={content.input} text={content.input_text} content={content} mode={mode} />
      {!repeatsDocuments && (
        <Side title="Output" messages={content.output} text={content.output_text} content={content} mode={mode} />
      )}
    </>
  );
}

const FIRST = 3;
const LATEST = 6;

function Side({
  title,
  messages,
  text,
  content,
  mode,
}: {
  title: string;
  messages: Message[];
  text: string;
  content: Content;
  mode: Mode;
}) {
  const [isAll, setAll] = useState(false);
  if (!messages.length && !text) return null;
  const hidden = isAll || messages.length <= FIRST + LATEST + 2 ? 0 : messages.length - FIRST - LATEST;
  const shown = hidden ? [...messages.slice(0, FIRST), ...messages.slice(-LATEST)] : messages;
  return (
    <Section
      title={messages.length > 1 ? `${title}: ${messages.length} messages` : title}
      actions={<Copy text={messages.length ? JSON.stringify(messages, null, 2) : text} label={title.toLowerCase()} />}
    >
      <div className={css.messages}>
        {shown.map((message, at) => (
          <div key={at}>
            {hidden > 0 && at === FIRST && (
              <button
                type="button"
                className="link"
                style={{ border: 0, background: "none", padding: "0 0 12px", cursor: "pointer", font: "inherit" }}
                onClick={() => setAll(true)}
              >
                {count(hidden)} messages in between
              </button>
            )}
            <MessageView message={message} mode={mode} tools={content.tool_definitions} />
          </div>
        ))}
        {!messages.length && (mode === "rendered" ? <TextView text={text} /> : <Code text={text} label={title} />)}
      </div>
    </Section>
  );
}

function ToolContent({ content, mode }: { content: Content; mode: Mode }) {
  const show = (value: unknown) =>
    mode === "rendered" ? (
      <ValueView value={value} />
    ) : mode === "json" ? (
      <Json value={value} />
    ) : (
      <Code text={typeof value === "string" ? value : JSON.stringify(value)} />
    );
  const given = content.tool_arguments ?? (content.input_text || null);
  const result = content.tool_result ?? (content.output_text || null);
  return (
    <>
      <Section
        title={`Arguments of ${content.tool_name || content.name}`}
        actions={<Copy text={JSON.stringify(given)} label="arguments" />}
      >
        {given === null ? <span className="dim">none recorded</span> : show(given)}
      </Section>
      <Section
        title="Result"
        actions={
          result !== null && <Copy text={typeof result === "string" ? result : JSON.stringify(result)} label="result" />
        }
      >
        {result === null ? <span className="dim">none recorded</span> : show(result)}
      </Section>
    </>
  );
}

/** Tools that were offered, numbered; those that were called say so. */
function Tools({ content }: { content: Content }) {
  const used = new Map<string, number>();
  for (const message of content.output) {
    for (const part of message.parts)
      if (part.type === "tool_call" && part.name) used.set(part.name, (used.get(part.name) ?? 0) + 1);
  }
  const tools = content.tool_definitions;
  return (
    <div className={css.section}>
      <Fold
        label={
          <span>{`${count(tools.length)} tool${tools.length === 1 ? "" : "s"} offered${used.size ? `, called: ${[...used.keys()].join(", ")}` : ", none called"}`}</span>
        }
      >
        {tools.map((tool, at) => {
          const name = toolName(tool);
          return (
            <Fold
              key={at}
              label={
                <span className="cut">
                  <span className="num">{at + 1}.</span> <b style={{ color: "var(--mantine-color-text)" }}>{name}</b>{" "}
                  {used.has(name) && <span className="ok">called {used.get(name)}×</span>}{" "}
                  {tool.description ?? tool.function?.description ?? ""}
                </span>
              }
            >
              <Markdown text={tool.description ?? tool.function?.description ?? ""} />
              <Json value={tool.parameters ?? tool.function?.parameters ?? tool} label={`parameters of ${name}`} />
            </Fold>
          );
        })}
      </Fold>
    </div>
  );
}

function Documents({ title, documents, mode }: { title: string; documents: Document[]; mode: Mode }) {
  if (!documents.length) return null;
  return (
    <Section
      title={`${title}: ${count(documents.length)}`}
      actions={<Copy text={JSON.stringify(documents, null, 2)} label="documents" />}
    >
      {mode === "rendered" ? (
        documents.map((document, at) => <DocumentLine key={at} document={document} />)
      ) : (
        <Json value={documents} label="documents" />
      )}
    </Section>
  );
}
