import { ActionIcon, Button, Tooltip } from "@mantine/core";
import {
  IconArrowsDiagonal,
  IconChevronDown,
  IconChevronRight,
  IconFilterMinus,
  IconFilterPlus,
  IconFocus2,
  IconColumns3,
} from "@tabler/icons-react";
import { memo, useState } from "react";
import { Link } from "react-router";
import { Time } from "@/design/Badges";
import { Code, Json } from "@/design/Code";
import { Copy } from "@/design/Copy";
import { fullTime } from "@/lib/time";
import { links } from "@/lib/links";
import { equals, literal } from "@/lib/query";
import { COLOURS, INKS, levelOf, shown, textOf, type Line } from "./lines";
import css from "./logs.module.css";

export interface RowActions {
  onToggle: (line: Line) => void;
  onAdd: (condition: string) => void;
  onAround: (line: Line) => void;
  onTrace: (line: Line) => void;
  onColumn: (key: string) => void;
}

interface RowProps {
  line: Line;
  columns: string[];
  wraps: boolean;
  isOpen: boolean;
  isMarked: boolean;
  isFocused: boolean;
  actions: RowActions;
}

/** One line; opened, all there is to know about it. */
export const LogRow = memo(function LogRow({ line, columns, wraps, isOpen, isMarked, isFocused, actions }: RowProps) {
  const level = levelOf(line);
  return (
    <div
      className={`${css.line} ${isOpen ? css.opened : ""} ${isMarked ? css.marked : ""} ${isFocused ? css.focused : ""}`}
      style={{ borderLeftColor: COLOURS[level] }}
    >
      <button
        type="button"
        className={css.head}
        aria-expanded={isOpen}
        tabIndex={-1}
        onClick={() => actions.onToggle(line)}
      >
        {isOpen ? <IconChevronDown size={13} aria-hidden /> : <IconChevronRight size={13} aria-hidden />}
        <span className={css.time}>
          <Time at={line.time} withMs />
        </span>
        <span className={css.level} style={{ color: INKS[level] }}>
          {level === "unset" ? "–" : level}
        </span>
        <span className={`${css.service} cut`}>{line.service || "–"}</span>
        {columns.map((column) => (
          <span key={column} className={`${css.column} cut`}>
            {shown(line.attributes?.[column] ?? "–")}
          </span>
        ))}
        <span className={`${css.body} ${wraps ? css.wraps : "cut"}`}>{textOf(line)}</span>
      </button>
      {line.trace_id && (
        <Tooltip label="Its trace">
          <ActionIcon
            size="sm"
            className={css.toTrace}
            aria-label={`Trace of ${textOf(line).slice(0, 60)}`}
            tabIndex={-1}
            onClick={() => actions.onTrace(line)}
          >
            <IconArrowsDiagonal size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      {isOpen && <Detail line={line} columns={columns} actions={actions} />}
    </div>
  );
});

function Detail({ line, columns, actions }: { line: Line; columns: string[]; actions: RowActions }) {
  const [isResourceOpen, setResourceOpen] = useState(false);
  const { body } = line;
  const hasBody = body !== null && body !== undefined && body !== "";
  return (
    <div className={css.detail}>
      {hasBody &&
        (typeof body === "string" ? (
          <Code text={body} label="body" maxHeight={320} />
        ) : (
          <Json value={body} label="body" maxHeight={320} />
        ))}
      <div className={css.acts}>
        {line.trace_id && (
          <>
            <Button
              variant="light"
              leftSection={<IconArrowsDiagonal size={14} />}
              onClick={() => actions.onTrace(line)}
            >
              Trace
            </Button>
            <Button variant="default" component={Link} to={links.trace(line.trace_id, line.span_id || undefined)}>
              Open its span
            </Button>
          </>
        )}
        <Button variant="default" leftSection={<IconFocus2 size={14} />} onClick={() => actions.onAround(line)}>
          Around this moment
        </Button>
        <Copy text={JSON.stringify(line, null, 2)} label="record as JSON" />
        <span className="dim num">{fullTime(line.time)}</span>
      </div>
      <table className={css.fields}>
        <caption className="visually-hidden">Fields of the record</caption>
        <tbody>
          {plainFields(line).map(([name, value]) => (
            <Field
              key={name}
              name={name}
              value={value}
              condition={(not) => equals(name, value, not)}
              actions={actions}
            />
          ))}
          {Object.entries(line.attributes ?? {}).map(([key, value]) => (
            <Field
              key={`a ${key}`}
              name={key}
              value={shown(value)}
              isAttribute
              isColumn={columns.includes(key)}
              condition={(not) => `attr[${literal(key)}] ${not ? "!=" : "="} ${valueOf(value)}`}
              actions={actions}
            />
          ))}
        </tbody>
      </table>
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        aria-expanded={isResourceOpen}
        onClick={() => setResourceOpen(!isResourceOpen)}
      >
        {isResourceOpen ? "Hide resource and scope" : "Resource and scope"}
      </Button>
      {isResourceOpen && (
        <Json value={{ resource: line.resource, scope: line.scope }} label="resource and scope" maxHeight={320} />
      )}
    </div>
  );
}

/** Numbers and truth values stand in filters as they are, all else as text. */
function valueOf(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : literal(shown(value));
}

function plainFields(line: Line): [string, string][] {
  const fields: [string, string][] = [
    ["event_name", line.event_name],
    ["service", line.service],
    ["environment", line.environment],
    ["release", line.release],
    ["severity_text", line.severity_text],
    ["trace_id", line.trace_id],
    ["span_id", line.span_id],
  ];
  return fields.filter(([, value]) => value !== "");
}

interface FieldProps {
  name: string;
  value: string;
  isAttribute?: boolean;
  isColumn?: boolean;
  condition: (isNegated: boolean) => string;
  actions: RowActions;
}

function Field({ name, value, isAttribute = false, isColumn = false, condition, actions }: FieldProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span className={css.value}>{value}</span>
        <span className={css.tools}>
          <Tooltip label="Only lines like this">
            <ActionIcon size="xs" aria-label={`Only ${name} ${value}`} onClick={() => actions.onAdd(condition(false))}>
              <IconFilterPlus size={13} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Without lines like this">
            <ActionIcon size="xs" aria-label={`Not ${name} ${value}`} onClick={() => actions.onAdd(condition(true))}>
              <IconFilterMinus size={13} />
            </ActionIcon>
          </Tooltip>
          {isAttribute && (
            <Tooltip label={isColumn ? "Take the column away" : "Show as a column"}>
              <ActionIcon
                size="xs"
                aria-label={`Column ${name}`}
                aria-pressed={isColumn}
                onClick={() => actions.onColumn(name)}
              >
                <IconColumns3 size={13} color={isColumn ? "var(--accent)" : undefined} />
              </ActionIcon>
            </Tooltip>
          )}
          <Copy text={value} label={name} size={12} />
        </span>
      </td>
    </tr>
  );
}
