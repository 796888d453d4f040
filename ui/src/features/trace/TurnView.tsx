import { IconChevronDown, IconChevronRight, IconTool } from "@tabler/icons-react";
import { memo, useState, type ReactNode } from "react";
import { KindBadge, Tag } from "@/design/Badges";
import { Markdown } from "@/design/Markdown";
import { count, duration, money, number } from "@/lib/format";
import { asText, type Document } from "./content";
import { Clamp, Fold } from "./Fold";
import { MessageView, ValueView } from "./MessageView";
import type { Outline } from "./outline";
import type { ToolCall, Turn } from "./transcript";
import css from "./transcript.module.css";

interface TurnProps {
  turn: Turn;
  outline: Outline;
  isActive: boolean;
  /** Places of tools joined to this turn's calls may be the chosen one. */
  chosen: number;
  onChoose: (place: number) => void;
}

/** One turn: who, how long, for how much; then what is new in it. */
export const TurnView = memo(function TurnView({ turn, outline, isActive, chosen, onChoose }: TurnProps) {
  const { step, content } = turn;
  const isBad = outline.isError(step.place);
  return (
    <div className={`${css.turn} ${isBad ? css.failed : ""} ${isActive ? css.active : ""}`}>
      <TurnHead turn={turn} outline={outline} onChoose={onChoose} />
      <div className={css.lines}>
        {step.kind === "llm" ? (
          <Said turn={turn} outline={outline} chosen={chosen} onChoose={onChoose} />
        ) : step.kind === "tool" ? (
          <Ran turn={turn} />
        ) : step.kind === "retriever" || step.kind === "reranker" ? (
          <Found turn={turn} />
        ) : (
          <Other turn={turn} />
        )}
        {isBad && <Failure type={content.error_type} message={content.status_message} />}
      </div>
    </div>
  );
});

function TurnHead({ turn, outline, onChoose }: { turn: Turn; outline: Outline; onChoose: (place: number) => void }) {
  const { step, content } = turn;
  const tokens = outline.tokens(step.place);
  const isBilled = outline.isBilled(step.place);
  const ended =
    content.finish_reasons?.filter(
      (reason) => !["stop", "tool_call", "tool_calls", "end_turn", "tool_use"].includes(reason),
    ) ?? [];
  return (
    <button type="button" className={css.head} onClick={() => onChoose(step.place)}>
      <KindBadge kind={step.kind === "error" ? outline.kind(step.place) : step.kind} />
      <span className={`${css.name} cut`}>
        {(step.kind === "llm" && content.model) || content.tool_name || content.name}
      </span>
      <span className="num">{duration(outline.durationMs(step.place))}</span>
      {isBilled && !Number.isNaN(tokens) && <span className="num">{count(tokens)} tokens</span>}
      {isBilled && (
        <span className="num">
          {outline.has("unpriced", step.place)
            ? "unpriced"
            : outline.cost(step.place) >= 0
              ? money(outline.cost(step.place))
              : ""}
        </span>
      )}
      {ended.map((reason) => (
        <Tag key={reason} tone="warn">
          ended: {reason}
        </Tag>
      ))}
      <span className={`${css.time} num`}>+{duration(outline.startMs(step.place))}</span>
    </button>
  );
}

function Said({
  turn,
  outline,
  chosen,
  onChoose,
}: {
  turn: Turn;
  outline: Outline;
  chosen: number;
  onChoose: (place: number) => void;
}) {
  const { content } = turn;
  const isBlank = !content.input.length && !content.output.length;
  return (
    <>
      {turn.system && (
        <Fold label={<span className="cut">System prompt: {turn.system.replace(/\s+/g, " ").slice(0, 140)}</span>}>
          <Markdown text={turn.system} />
        </Fold>
      )}
      {turn.asked.map((message, at) => (
        <MessageView key={at} message={message} tools={content.tool_definitions} />
      ))}
      {turn.said.map((message, at) => (
        <MessageView key={`out-${at}`} message={message} tools={content.tool_definitions} />
      ))}
      {turn.calls.map((call, at) => (
        <CallView
          key={at}
          call={call}
          outline={outline}
          isActive={call.place !== null && call.place === chosen}
          onChoose={onChoose}
        />
      ))}
      {turn.repeated > 0 && <History turn={turn} />}
      {isBlank && <span className="dim">The messages of this call were not recorded.</span>}
    </>
  );
}

/** The part of the input that was shown before. */
function History({ turn }: { turn: Turn }) {
  const cut = turn.dropped > 0 ? `; ${count(turn.dropped)} from before no longer sent` : "";
  return (
    <Fold
      label={
        <span
          style={{ fontSize: 12 }}
        >{`was given ${count(turn.repeated)} message${turn.repeated === 1 ? "" : "s"} shown above${cut}`}</span>
      }
    >
      <div className={css.lines}>
        {turn.content.input.map((message, at) => (
          <MessageView key={at} message={message} tools={turn.content.tool_definitions} />
        ))}
      </div>
    </Fold>
  );
}

/** A tool call: its arguments and result, folded to one line. */
export function CallView({
  call,
  outline,
  isActive,
  onChoose,
}: {
  call: ToolCall;
  outline: Outline;
  isActive: boolean;
  onChoose: (place: number) => void;
}) {
  const isBad = call.place !== null && outline.isError(call.place);
  const [isOpen, setOpen] = useState(isBad);
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div className={`${css.call} ${isBad ? css.callBad : ""} ${isActive ? css.active : ""}`}>
      <button type="button" className={css.callHead} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Arrow size={14} style={{ flex: "none" }} aria-hidden />
        <IconTool size={14} color="var(--kind-tool)" style={{ flex: "none" }} aria-hidden />
        <span className={css.callName}>{call.name || "tool"}</span>
        <span className="cut mono dim" style={{ flex: "0 1 auto" }}>
          {oneLine(call.arguments)}
        </span>
        <span className="dim" aria-hidden>
          →
        </span>
        <span className={`cut mono ${isBad ? "bad" : ""}`} style={{ flex: "1 1 60px" }}>
          {isBad
            ? outline.word("error", call.place!) || "failed"
            : call.result === undefined
              ? "no answer recorded"
              : oneLine(call.result)}
        </span>
        {call.place !== null && <span className="num dim">{duration(outline.durationMs(call.place))}</span>}
      </button>
      {isOpen && (
        <div className={css.callBody}>
          <Labelled label="Arguments">
            <ValueView value={call.arguments} />
          </Labelled>
          <Labelled label="Result">
            {call.result === undefined ? (
              <span className="dim">no answer recorded</span>
            ) : (
              <ValueView value={call.result} />
            )}
          </Labelled>
          {call.place !== null && (
            <div>
              <button type="button" className={css.fold} onClick={() => onChoose(call.place!)}>
                Open the tool&apos;s span
              </button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Ran({ turn }: { turn: Turn }) {
  const { content } = turn;
  const result = content.tool_result ?? (content.output_text || undefined);
  return (
    <>
      <Labelled label="Arguments">
        <ValueView value={content.tool_arguments ?? content.input_text} />
      </Labelled>
      <Labelled label="Result">
        {result === undefined ? <span className="dim">no answer recorded</span> : <ValueView value={result} />}
      </Labelled>
    </>
  );
}

const FIRST_DOCUMENTS = 4;

function Found({ turn }: { turn: Turn }) {
  const { content, documents } = turn;
  const [isAll, setAll] = useState(false);
  const shown = isAll ? documents : documents.slice(0, FIRST_DOCUMENTS);
  return (
    <>
      {(content.query || content.input_text) && (
        <Labelled label="Asked for">
          <Clamp length={(content.query || content.input_text).length}>{content.query || content.input_text}</Clamp>
        </Labelled>
      )}
      <Labelled label={documents.length ? `Found ${count(documents.length)}` : "Found"}>
        {documents.length ? (
          shown.map((document, at) => <DocumentLine key={at} document={document} />)
        ) : content.output_text ? (
          <ValueView value={content.output_text} />
        ) : (
          <span className="dim">no documents</span>
        )}
        {documents.length > shown.length && (
          <button type="button" className={css.fold} onClick={() => setAll(true)}>
            {count(documents.length - shown.length)} more
          </button>
        )}
      </Labelled>
    </>
  );
}

/** A document: rank, what it says, score. */
export function DocumentLine({ document }: { document: Document }) {
  const title = document.metadata?.title ?? document.metadata?.source;
  return (
    <div className={css.doc}>
      <span className="num dim">{document.rank + 1}</span>
      <div style={{ minWidth: 0 }}>
        {(document.id || Boolean(title)) && (
          <div className={css.label}>
            {document.id && <span className="mono">{document.id}</span>} {typeof title === "string" && title}
          </div>
        )}
        <Clamp length={document.content?.length ?? 0}>
          <div className={css.text}>{document.content || <span className="dim">content not recorded</span>}</div>
        </Clamp>
      </div>
      <span className="num" title="score">
        {document.score === null || document.score === undefined ? "" : number(document.score)}
      </span>
    </div>
  );
}

function Other({ turn }: { turn: Turn }) {
  const { content } = turn;
  return (
    <>
      {content.input_text && (
        <Labelled label="In">
          <ValueView value={content.input_text} />
        </Labelled>
      )}
      {content.output_text && (
        <Labelled label="Out">
          <ValueView value={content.output_text} />
        </Labelled>
      )}
    </>
  );
}

export function Failure({ type, message }: { type: string; message: string }) {
  return (
    <div className={css.error} role="note">
      <b>{type || "Failed"}</b>
      {message && message !== type ? `: ${message}` : ""}
    </div>
  );
}

export function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={css.line}>
      <div className={css.role}>{label}</div>
      <div className={css.body}>{children}</div>
    </div>
  );
}

function oneLine(value: unknown): string {
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  return (text || asText(value)).replace(/\s+/g, " ").slice(0, 200);
}
