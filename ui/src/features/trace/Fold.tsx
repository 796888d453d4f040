import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { count } from "@/lib/format";
import css from "./transcript.module.css";

/** A line that opens what stands below it. */
export function Fold({
  label,
  children,
  isOpen: opensFirst = false,
}: {
  label: ReactNode;
  children: ReactNode;
  isOpen?: boolean;
}) {
  const [isOpen, setOpen] = useState(opensFirst);
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <button type="button" className={css.fold} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Arrow size={14} style={{ flex: "none" }} aria-hidden />
        {label}
      </button>
      {isOpen && <div className={css.folded}>{children}</div>}
    </div>
  );
}

/** More characters than this are cut at a height, with a way to see all. */
const LONG = 1100;

/** Something long, cut at a height until it is asked for. */
export function Clamp({ length, children }: { length: number; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  if (length <= LONG) return <>{children}</>;
  return (
    <div>
      <div className={isOpen ? undefined : css.clamped}>{children}</div>
      <button type="button" className={css.fold} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? "Show less" : `Show all ${count(length)} characters`}
      </button>
    </div>
  );
}
