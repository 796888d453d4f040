import { Tooltip } from "@mantine/core";
import { useRef, useState, type ReactNode } from "react";

/** One line that is cut where it does not fit; hovering or focusing it shows the whole text. */
export function Long({
  text,
  children,
  className = "",
  lines = 1,
}: {
  text: string;
  children?: ReactNode;
  className?: string;
  lines?: number;
}) {
  const element = useRef<HTMLSpanElement>(null);
  const [isCut, setCut] = useState(false);
  const look = () => {
    const node = element.current;
    if (node) setCut(node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1);
  };
  const style =
    lines === 1
      ? { display: "inline-block", maxWidth: "100%", verticalAlign: "bottom" }
      : {
          display: "-webkit-box",
          WebkitLineClamp: lines,
          WebkitBoxOrient: "vertical" as const,
          whiteSpace: "pre-wrap" as const,
          overflowWrap: "anywhere" as const,
        };
  const shown = text.length > 2000 ? `${text.slice(0, 2000)} …` : text;
  return (
    <Tooltip
      label={<span style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{shown}</span>}
      disabled={!isCut}
      maw={560}
    >
      <span ref={element} className={`cut ${className}`} style={style} onMouseEnter={look} onFocus={look}>
        {children ?? text}
      </span>
    </Tooltip>
  );
}
