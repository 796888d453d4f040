import { IconBrain, IconTool } from "@tabler/icons-react";
import { memo } from "react";
import { Code, Json } from "@/design/Code";
import { Markdown } from "@/design/Markdown";
import { asText, isMedia, textOf, toolName, unpacked, type Message, type Part, type Tool } from "./content";
import { Clamp, Fold } from "./Fold";
import { Media } from "./Media";
import css from "./transcript.module.css";

export type Mode = "rendered" | "json" | "raw";

const ROLES: Record<string, string> = {
  assistant: "Assistant",
  user: "User",
  system: "System",
  developer: "Developer",
  tool: "Tool",
};

interface MessageProps {
  message: Message;
  mode?: Mode;
  /** Tools that were offered: calls refer to them by number. */
  tools?: Tool[];
  /** Text is cut at a height. */
  clamps?: boolean;
}

/** One message: who speaks, and its parts. */
export const MessageView = memo(function MessageView({
  message,
  mode = "rendered",
  tools = [],
  clamps = true,
}: MessageProps) {
  const tone = message.role === "user" ? css.user : message.role === "assistant" ? css.assistant : "";
  return (
    <div className={`${css.line} ${tone}`}>
      <div className={css.role}>
        {ROLES[message.role] ?? message.role}
        {message.name && <div className={css.label}>{message.name}</div>}
      </div>
      <div className={css.body}>
        {mode === "json" ? (
          <Json value={message} label="message" />
        ) : (
          message.parts.map((part, at) => <PartView key={at} part={part} mode={mode} tools={tools} clamps={clamps} />)
        )}
        {!message.parts.length && <span className="dim">(empty)</span>}
      </div>
    </div>
  );
});

function PartView({ part, mode, tools, clamps }: { part: Part; mode: Mode; tools: Tool[]; clamps: boolean }) {
  if (mode === "raw") return <Code text={textOf(part) || JSON.stringify(part)} label={part.type} />;
  if (part.type === "text") return <TextView text={textOf(part)} clamps={clamps} />;
  if (part.type === "reasoning") return <Thought text={textOf(part)} />;
  if (part.type === "tool_call") return <CallPart part={part} tools={tools} />;
  if (part.type === "tool_call_response")
    return (
      <div>
        <span className={css.label}>result {part.id && <span className="mono">{part.id}</span>}</span>
        <ValueView value={part.response} clamps={clamps} />
      </div>
    );
  if (isMedia(part))
    return (
      <div style={{ margin: "6px 0" }}>
        <Media part={part} />
      </div>
    );
  return <Json value={part} label={part.type} />;
}

/** Text as Markdown; text that is JSON as JSON. */
export function TextView({ text, clamps = true }: { text: string; clamps?: boolean }) {
  const value = unpacked(text);
  const body = typeof value === "string" ? <Markdown text={text} /> : <Json value={value} />;
  return clamps ? <Clamp length={text.length}>{body}</Clamp> : body;
}

/** Any value: texts as they are, the rest as JSON. */
export function ValueView({ value, clamps = true }: { value: unknown; clamps?: boolean }) {
  const held = unpacked(value);
  if (held === null || held === undefined || held === "") return <span className="dim">nothing</span>;
  const text = asText(held);
  const body = typeof held === "string" ? <div className={css.text}>{held}</div> : <Json value={held} />;
  return clamps ? <Clamp length={text.length}>{body}</Clamp> : body;
}

export function Thought({ text }: { text: string }) {
  if (!text) return <span className="dim">Thought, without saying what.</span>;
  const line = text.replace(/\s+/g, " ").slice(0, 120);
  return (
    <Fold
      label={
        <>
          <IconBrain size={14} style={{ flex: "none" }} aria-hidden />
          <span className="cut">Thought: {line}</span>
        </>
      }
    >
      <Markdown text={text} />
    </Fold>
  );
}

function CallPart({ part, tools }: { part: Part; tools: Tool[] }) {
  const number = tools.findIndex((tool) => toolName(tool) === part.name) + 1;
  return (
    <div>
      <span className={css.label}>
        <IconTool size={13} style={{ verticalAlign: -2 }} aria-hidden /> calls <b>{part.name}</b>
        {number > 0 && ` (tool ${number} of ${tools.length})`} {part.id && <span className="mono">{part.id}</span>}
      </span>
      <ValueView value={part.arguments} />
    </div>
  );
}
