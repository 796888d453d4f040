import { ActionIcon, Tooltip } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Copy } from "@/design/Copy";
import { links } from "@/lib/links";
import { equals, fieldName } from "@/lib/query";
import { millis } from "@/lib/time";
import css from "./detail.module.css";
import { Link } from "@/design/Link";

const AROUND_MS = 12 * 3_600_000;

interface ToolsProps {
  /** Field of the filter language, or key of an attribute. */
  field: string;
  value: unknown;
  /** When the span began: more like it are looked for half a day around. */
  at: string;
}

/** Copy a value, and look for spans that have it. */
export function ValueTools({ field, value, at }: ToolsProps) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isPlain = ["string", "number", "boolean"].includes(typeof value) && text.length < 300;
  const where = typeof value === "string" ? equals(field, value) : `${fieldName(field)} = ${text}`;
  const from = new Date(millis(at) - AROUND_MS).toISOString();
  const to = new Date(millis(at) + AROUND_MS).toISOString();
  return (
    <span className={css.tools}>
      <Copy text={text} label={field} size={13} />
      {isPlain && (
        <Tooltip label={`Spans with this ${field}`}>
          <ActionIcon
            size="sm"
            component={Link}
            to={links.traces({ where, from, to, level: "spans" })}
            aria-label={`Spans with this ${field}`}
          >
            <IconFilter size={13} />
          </ActionIcon>
        </Tooltip>
      )}
    </span>
  );
}

export function Section({ title, actions, children }: { title: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.section}>
      <div className={css.sectionHead}>
        <h3 className={css.sectionTitle}>{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  );
}

export interface Fact {
  label: string;
  children: ReactNode;
  /** Field to filter by, and its value. */
  field?: string;
  value?: unknown;
}

/** Names and values, each to be copied and filtered by. */
export function FactList({ facts, at }: { facts: Fact[]; at: string }) {
  return (
    <dl className={css.list2}>
      {facts.map(({ label, children, field, value }) => (
        <FactRow key={label} label={label}>
          <span>{children}</span>
          {field && value !== undefined && <ValueTools field={field} value={value} at={at} />}
        </FactRow>
      ))}
    </dl>
  );
}

function FactRow({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd className={css.hoverable}>{children}</dd>
    </>
  );
}
