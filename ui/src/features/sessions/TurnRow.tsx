import { Button, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconArrowRight } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { Tag, Time } from "@/design/Badges";
import { Long } from "@/design/Long";
import { Markdown } from "@/design/Markdown";
import { count, duration } from "@/lib/format";
import { links } from "@/lib/links";
import { Cost } from "./columns";
import { Rating, ScoreTags } from "./Rating";
import { COMMENT, hasFailed, SILENCE_MS, type Turn } from "./turns";
import css from "./session.module.css";

/** Beyond so many characters a message is folded until somebody wants it all. */
const FOLDED = 900;

interface RowProps {
  turn: Turn;
  /** From 1. */
  number: number;
  isOpen: boolean;
  isFocused: boolean;
  onPeek: () => void;
}

/** One turn: what was asked and answered, when, how long it took, what it cost and how it was judged. */
export function TurnRow({ turn, number, isOpen, isFocused, onPeek }: RowProps) {
  const failed = hasFailed(turn);
  const comments = turn.scores.filter((score) => score.name === COMMENT && score.target_type !== "span");
  return (
    <>
      {turn.gap_ms !== null && turn.gap_ms >= SILENCE_MS && (
        <div className={css.gap} role="separator">
          <span>{duration(turn.gap_ms)} later</span>
        </div>
      )}
      <article
        className={`${css.turn} ${isOpen ? css.open : ""} ${isFocused ? css.focused : ""} ${failed ? css.failed : ""}`}
        aria-label={`Turn ${number}`}
      >
        <div className={css.margin}>
          <span className={css.number}>{number}</span>
          <Time at={turn.start} />
        </div>
        <div className={css.said}>
          {turn.input ? (
            <Said who={turn.input.role || "input"} side={css.user!} said={turn.input} trace={turn.trace_id} isPlain />
          ) : (
            <div className={css.silent}>
              <span className="mono">{turn.name || "unnamed"}</span> on {turn.service || "an unnamed service"}, sent
              without content
            </div>
          )}
          {turn.error && (
            <div className={failed ? css.error : css.mended}>
              <IconAlertTriangle size={14} aria-hidden />
              <Long text={turn.error} lines={3} />
              {!failed && <span className="dim"> and went on</span>}
            </div>
          )}
          {turn.output && (
            <Said who={turn.output.role || "output"} side={css.assistant!} said={turn.output} trace={turn.trace_id} />
          )}
          <Facts turn={turn} number={number} onPeek={onPeek} />
          {comments.map((comment) => (
            <blockquote key={comment.id} className={css.comment}>
              {comment.label || comment.explanation}
              <footer className="dim">
                {comment.author || "somebody"} · <Time at={comment.time} relative />
              </footer>
            </blockquote>
          ))}
        </div>
      </article>
    </>
  );
}

function Facts({ turn, number, onPeek }: { turn: Turn; number: number; onPeek: () => void }) {
  return (
    <div className={css.facts}>
      <Tooltip label="How long the turn took">
        <span className="num">{duration(turn.duration_ms)}</span>
      </Tooltip>
      {turn.call_count > 0 && (
        <>
          <span className="num">
            <Cost row={turn} />
          </span>
          <span className="num">{count(turn.total_tokens)} tokens</span>
          <Long text={turn.models.join(", ")} />
        </>
      )}
      {turn.error_count > 0 && (
        <Tag tone="bad">{turn.error_count === 1 ? "1 failed span" : `${count(turn.error_count)} failed spans`}</Tag>
      )}
      <ScoreTags scores={turn.scores} />
      <span className={css.acts}>
        <Rating
          target={{ target_type: "trace", target_id: turn.trace_id }}
          scores={turn.scores}
          what={`turn ${number}`}
        />
        <Button size="compact-xs" variant="subtle" rightSection={<IconArrowRight size={13} />} onClick={onPeek}>
          Trace
        </Button>
      </span>
    </div>
  );
}

type Words = NonNullable<Turn["input"]>;

/** One side's words. What a person wrote is shown as written; answers are Markdown. */
function Said({
  who,
  side,
  said,
  trace,
  isPlain = false,
}: {
  who: string;
  side: string;
  said: Words;
  trace: string;
  isPlain?: boolean;
}) {
  const [isWhole, setWhole] = useState(false);
  const isLong = said.text.length > FOLDED;
  const isCut = said.size > said.text.length;
  const shown = isLong && !isWhole ? `${said.text.slice(0, FOLDED)} …` : said.text;
  return (
    <div className={side}>
      <div className={css.who}>{who}</div>
      {isPlain ? <div className={css.plain}>{shown}</div> : <Markdown text={shown} />}
      {(isLong || isCut) && (
        <div className={css.more}>
          {isLong && (
            <Button size="compact-xs" variant="subtle" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
              {isWhole ? "Show less" : "Show more"}
            </Button>
          )}
          {isCut && (isWhole || !isLong) && (
            <Link className="link" to={links.trace(trace, said.span_id)}>
              All {count(said.size)} characters in the trace
            </Link>
          )}
        </div>
      )}
    </div>
  );
}
