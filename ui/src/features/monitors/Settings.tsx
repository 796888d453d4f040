import { NumberInput, Select, TextInput } from "@mantine/core";
import { FilterField } from "@/design/FilterField";
import type { Kind, Option } from "./words";
import css from "./monitors.module.css";

interface Props {
  kind: Kind;
  value: Record<string, unknown>;
  onChange: (value: Record<string, unknown>) => void;
}

/** The settings of a type as it tells of them. */
export function Settings({ kind, value, onChange }: Props) {
  return (
    <div className={css.fields}>
      {Object.entries(kind.options).map(([name, option]) => (
        <Field
          key={`${kind.name} ${name}`}
          name={name}
          option={option}
          value={value[name]}
          onChange={(next) => onChange({ ...value, [name]: next })}
        />
      ))}
    </div>
  );
}

function Field({
  name,
  option,
  value,
  onChange,
}: {
  name: string;
  option: Option;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const label = (name[0] ?? "").toUpperCase() + name.slice(1).replaceAll("_", " ");
  if (option.kind === "query")
    return <OtherQuery label={label} about={option.about} value={value} onChange={onChange} />;
  if (option.kind === "number")
    return (
      <NumberInput
        label={label}
        description={option.about}
        required={option.needed}
        placeholder={option.default === null ? "" : String(option.default)}
        value={typeof value === "number" ? value : ""}
        onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
      />
    );
  const written = typeof value === "string" ? value : undefined;
  if (option.choices.length > 0)
    return (
      <Select
        label={label}
        description={option.about}
        data={option.choices}
        allowDeselect={false}
        value={written ?? (typeof option.default === "string" ? option.default : null)}
        onChange={onChange}
      />
    );
  return (
    <TextInput
      label={label}
      description={option.about}
      required={option.needed}
      value={written ?? ""}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** A second Query: a measure of a filter. */
function OtherQuery({
  label,
  about,
  value,
  onChange,
}: {
  label: string;
  about: string;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const query = (value ?? {}) as { measure?: string; where?: string };
  return (
    <>
      <TextInput
        label={`${label}: measure`}
        description={about}
        required
        placeholder="count"
        value={query.measure ?? ""}
        onChange={(event) => onChange({ ...query, measure: event.currentTarget.value })}
      />
      <div>
        <div className="dim">{label}: where</div>
        <FilterField
          label={`${label}: where`}
          value={query.where ?? ""}
          onApply={(where) => onChange({ ...query, where })}
          from="-7d"
          to="now"
          appliesOnBlur
        />
      </div>
    </>
  );
}
