import { MultiSelect, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useGet } from "@/api/hooks";
import { useSetParams } from "@/lib/address";
import type { Range } from "@/lib/time";
import type { Variable } from "./spec";
import type { Values } from "./template";
import css from "./dashboards.module.css";

const PREFIX = "v.";
// In the address: everything, though the variable has a default.
const ALL = "*";

/** The values chosen, from the address; those not in it have their default. */
export function useValues(variables: readonly Variable[]): Values {
  const [params] = useSearchParams();
  const text = params.toString();
  return useMemo(() => {
    const address = new URLSearchParams(text);
    return Object.fromEntries(
      variables.map((variable) => {
        const written = address.get(PREFIX + variable.name);
        if (written === null) return [variable.name, variable.default];
        return [variable.name, written === ALL ? [] : listed(written)];
      }),
    );
  }, [variables, text]);
}

/** Values in the address: JSON when there are several or one could be mistaken. */
function written(values: readonly string[]): string {
  const [first = ""] = values;
  const isPlain = values.length === 1 && first !== ALL && !first.startsWith("[") && first !== "";
  return isPlain ? first : JSON.stringify(values);
}

function listed(text: string): string[] {
  if (!text.startsWith("[")) return [text];
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? read.filter((one): one is string => typeof one === "string") : [text];
  } catch {
    return [text];
  }
}

/** A choice for each variable; what is chosen stands in the address. */
export function Variables({
  variables,
  values,
  range,
}: {
  variables: readonly Variable[];
  values: Values;
  range: Range;
}) {
  const set = useSetParams();
  if (variables.length === 0) return null;
  const choose = (variable: Variable, chosen: string[]) => {
    const isDefault = JSON.stringify(chosen) === JSON.stringify(variable.default);
    set({ [PREFIX + variable.name]: isDefault ? null : chosen.length === 0 ? ALL : written(chosen) });
  };
  return (
    <div className={css.variables} role="group" aria-label="Variables">
      {variables.map((variable) => (
        <Choice
          key={variable.name}
          variable={variable}
          chosen={values[variable.name] ?? []}
          range={range}
          onChoose={(chosen) => choose(variable, chosen)}
        />
      ))}
    </div>
  );
}

interface ChoiceProps {
  variable: Variable;
  chosen: readonly string[];
  range: Range;
  onChoose: (chosen: string[]) => void;
}

function Choice({ variable, chosen, range, onChoose }: ChoiceProps) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [prefix] = useDebouncedValue(typed, 200);
  const asks = isOpen && variable.options.length === 0 && variable.field !== "";
  const query = {
    field: variable.field,
    prefix: chosen.includes(prefix) ? "" : prefix,
    from: range.from,
    to: range.to,
    limit: 100,
  };
  const found = useGet("/api/v1/values", { query }, { enabled: asks, keep: true });
  const offered = variable.options.length > 0 ? variable.options : (found.data?.items ?? []).map((item) => item.value);
  const data = [...new Set([...chosen, ...offered])].filter((one) => one !== "");
  const shared = {
    label: variable.label || variable.name,
    data,
    searchable: true,
    clearable: true,
    size: "xs" as const,
    onDropdownOpen: () => setOpen(true),
    onSearchChange: setTyped,
    searchValue: typed,
    nothingFoundMessage: found.isFetching
      ? "Loading"
      : found.error
        ? found.error.message
        : "No such value in this range",
    limit: 100,
  };
  return variable.multi ? (
    <MultiSelect
      {...shared}
      className={css.variable}
      placeholder={chosen.length === 0 ? "all" : undefined}
      value={[...chosen]}
      onChange={onChoose}
    />
  ) : (
    <Select
      {...shared}
      className={css.variable}
      placeholder="all"
      value={chosen[0] ?? null}
      onChange={(value) => onChoose(value ? [value] : [])}
    />
  );
}
