import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Fragment, useMemo, useState } from "react";
import { useGet, type Schemas } from "@/api/hooks";
import type { Content } from "./content";
import { Fold } from "./Fold";
import { ValueView } from "./MessageView";
import { Section, ValueTools } from "./Value";
import css from "./detail.module.css";

type Origin = Schemas["FieldAnswer"];

/** Everything as it was sent, with the rule that read it; then what was made of it. */
export function Attributes({ content }: { content: Content }) {
  const asked = useGet(
    "/api/v1/spans/{trace_id}/{span_id}/mapping",
    { path: { trace_id: content.trace_id, span_id: content.span_id } },
    { staleTime: 60_000 },
  );
  const [search, setSearch] = useState("");
  const byKey = useMemo(() => {
    const made = new Map<string, Origin[]>();
    for (const row of asked.data?.fields ?? []) made.set(row.key, [...(made.get(row.key) ?? []), row]);
    return made;
  }, [asked.data]);
  const scope = (content.scope ?? {}) as { name?: string; version?: string; attributes?: Record<string, unknown> };
  const groups: [string, string, Record<string, unknown>][] = [
    ["Span attributes", "", content.attributes ?? {}],
    ["Resource attributes", "resource:", content.resource ?? {}],
    [
      "Scope",
      "scope:",
      {
        ...(scope.name ? { name: scope.name } : {}),
        ...(scope.version ? { version: scope.version } : {}),
        ...(scope.attributes ?? {}),
      },
    ],
  ];
  const inferred = (asked.data?.fields ?? []).filter((row) => ["read", "finalise", "log"].includes(row.key));
  return (
    <>
      <TextInput
        mb={12}
        leftSection={<IconSearch size={13} />}
        placeholder="Find an attribute"
        aria-label="Find an attribute"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {asked.error && <p className="bad">The rules could not be shown: {asked.error.message}</p>}
      {groups.map(([title, prefix, attributes]) => (
        <Group
          key={title}
          title={title}
          prefix={prefix}
          attributes={attributes}
          byKey={byKey}
          search={search}
          at={content.start}
        />
      ))}
      {inferred.length > 0 && (
        <Section title="Fields no single attribute gave">
          <table className={css.attributes}>
            <tbody>
              {inferred.map((row) => (
                <tr key={`${row.field}${row.key}`}>
                  <td className="mono">{row.field}</td>
                  <td>
                    {row.value}
                    <span className={css.rule}>{howWords(row)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
    </>
  );
}

interface GroupProps {
  title: string;
  prefix: string;
  attributes: Record<string, unknown>;
  byKey: ReadonlyMap<string, Origin[]>;
  search: string;
  at: string;
}

function Group({ title, prefix, attributes, byKey, search, at }: GroupProps) {
  const all = Object.entries(attributes).sort(([one], [other]) => one.localeCompare(other));
  const wanted = search.toLowerCase();
  const shown = all.filter(
    ([key, value]) =>
      !wanted || key.toLowerCase().includes(wanted) || JSON.stringify(value).toLowerCase().includes(wanted),
  );
  if (!shown.length) return null;
  return (
    <Section title={`${title}: ${shown.length === all.length ? all.length : `${shown.length} of ${all.length}`}`}>
      <table className={css.attributes}>
        <tbody>
          {shown.map(([key, value]) => (
            <tr key={key} className={css.hoverable}>
              <td className="mono">
                <Key name={key} />
              </td>
              <td>
                <Attribute name={key} value={value} isSpans={!prefix} at={at} />
                {(byKey.get(prefix + key) ?? []).map((row) => (
                  <span key={row.field} className={css.rule}>
                    → <span className="mono">{row.field}</span> by {row.convention}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** A key that is broken after its dots and underscores, if at all. */
function Key({ name }: { name: string }) {
  return name.split(/(?<=[._])/).map((part, at) => (
    <Fragment key={at}>
      <wbr />
      {part}
    </Fragment>
  ));
}

const LONG = 160;

function Attribute({ name, value, isSpans, at }: { name: string; value: unknown; isSpans: boolean; at: string }) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const field = `attr[${JSON.stringify(name)}]`;
  if (text.length > LONG)
    return (
      <Fold label={<span className="cut">{text.slice(0, LONG)}</span>}>
        <ValueView value={value} clamps={false} />
      </Fold>
    );
  return (
    <span style={{ display: "inline-flex", gap: 4, alignItems: "center" }}>
      <span>{text}</span>
      {isSpans && <ValueTools field={field} value={value} at={at} />}
    </span>
  );
}

function howWords(row: Origin): string {
  if (row.key === "log") return "from log records of this span";
  if (row.key === "read") return `read by ${row.convention} from several attributes`;
  return "settled after all conventions had spoken";
}
