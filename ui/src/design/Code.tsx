import { ActionIcon, Tooltip } from "@mantine/core";
import { IconTextWrap } from "@tabler/icons-react";
import { useMemo, useState, type ReactNode } from "react";
import { Copy } from "./Copy";
import css from "./Code.module.css";

const LONGEST = 200_000;

/** Text in a fixed-width font: copied by a button, wrapped or not, at most so tall. */
export function Code({
  text,
  children,
  label = "text",
  maxHeight = 480,
}: {
  text: string;
  children?: ReactNode;
  label?: string;
  maxHeight?: number;
}) {
  const [wraps, setWraps] = useState(true);
  return (
    <div className={css.box}>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={`${css.text} ${wraps ? css.wrap : ""}`} style={{ maxHeight }} tabIndex={0} aria-label={label}>
        {children ??
          (text.length > LONGEST
            ? `${text.slice(0, LONGEST)}\n… ${text.length - LONGEST} more characters: copy to see all`
            : text)}
      </pre>
      <div className={css.tools}>
        <Tooltip label={wraps ? "Do not wrap lines" : "Wrap lines"}>
          <ActionIcon
            size="sm"
            aria-label={wraps ? "Do not wrap lines" : "Wrap lines"}
            aria-pressed={wraps}
            onClick={() => setWraps(!wraps)}
          >
            <IconTextWrap size={14} />
          </ActionIcon>
        </Tooltip>
        <Copy text={text} label={label} />
      </div>
    </div>
  );
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** A value as coloured, indented JSON. */
export function Json({ value, label = "JSON", maxHeight }: { value: unknown; label?: string; maxHeight?: number }) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "undefined", [value]);
  const coloured = useMemo(() => (text.length > LONGEST ? undefined : colour(text)), [text]);
  return (
    <Code text={text} label={label} maxHeight={maxHeight}>
      {coloured}
    </Code>
  );
}

function colour(text: string): ReactNode[] {
  const made: ReactNode[] = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [whole, quoted, colon, digits] = found;
    if (found.index > at) made.push(text.slice(at, found.index));
    const kind = quoted ? (colon ? css.key : css.string) : digits ? css.number : css.word;
    made.push(
      <span key={found.index} className={kind}>
        {quoted ?? whole}
      </span>,
    );
    if (colon) made.push(colon);
    at = found.index + whole.length;
  }
  made.push(text.slice(at));
  return made;
}
