import { Autocomplete, NumberInput, Select, TagsInput, Text } from "@mantine/core";
import { useState } from "react";
import { FilterField, type FilterProps } from "@/design/FilterField";
import { spanMs, type Range } from "@/lib/time";
import type { Draft } from "./draft";
import { typedField, useDimensions, useMeasures } from "./known";
import css from "./explore.module.css";

interface BuilderProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** Values and attributes offered are those of this range. */
  range: Range;
  /** Filters may hold variables: what the server is asked to check instead. */
  fill?: FilterProps["fill"];
  /** Whether the filter as it is written is in force. */
  onFilterState?: FilterProps["onState"];
  /** Further names to group by, such as variables. */
  moreFields?: string[];
  /** Answers are not spread over time: no width of points is asked for. */
  isTimeless?: boolean;
}

const WIDTHS = ["auto", "1m", "5m", "10m", "30m", "1h", "3h", "6h", "12h", "1d", "1w"];
const OFFERED = 80;
const MOST_SERIES = 10_000;
const ORDERS = [
  { value: "", label: "Most observations" },
  { value: "desc", label: "Largest first" },
  { value: "asc", label: "Smallest first" },
];

/** A Query as a form: what is measured, of which spans, by which fields, in how many points. */
export function QueryBuilder({
  draft,
  onChange,
  range,
  fill,
  onFilterState,
  moreFields = [],
  isTimeless = false,
}: BuilderProps) {
  const measures = useMeasures(range);
  const dimensions = useDimensions(range);
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const fields =
    moreFields.length > 0 ? [{ group: "Variables", items: moreFields }, ...dimensions.choices] : dimensions.choices;
  return (
    <div className={css.builder}>
      <TagsInput
        className={css.wide}
        label="Measure"
        size="xs"
        placeholder={draft.measure.length > 0 ? undefined : "count, latency.p95, score:<name>.mean …"}
        data={measures.choices}
        value={draft.measure}
        onChange={(measure) => set({ measure: measure.map((one) => one.trim()) })}
        limit={OFFERED}
        maxDropdownHeight={320}
        renderOption={({ option }) => <Option name={option.value} about={measures.about.get(option.value)} />}
      />
      <TagsInput
        className={css.wide}
        label="By"
        size="xs"
        placeholder={draft.by.length > 0 ? undefined : "model, tenant … (nothing: one series)"}
        data={fields}
        value={draft.by}
        onChange={(by) => set({ by: by.map((one) => typedField(one, fields)) })}
        limit={OFFERED}
        maxDropdownHeight={320}
        maxTags={8}
        renderOption={({ option }) => <Option name={option.value} about={dimensions.about.get(option.value)} />}
      />
      <div className={css.full}>
        <div className={css.label}>Where</div>
        <FilterField
          value={draft.where}
          onApply={(where) => set({ where })}
          from={range.from}
          to={range.to}
          fill={fill}
          appliesOnBlur
          onState={onFilterState}
          label="Where"
        />
      </div>
      {!isTimeless && <Every value={draft.every} onChange={(every) => set({ every })} />}
      <NumberInput
        label="Groups at most"
        min={1}
        max={MOST_SERIES}
        allowDecimal={false}
        value={draft.limit}
        onChange={(limit) => typeof limit === "number" && limit >= 1 && set({ limit: Math.min(limit, MOST_SERIES) })}
        disabled={draft.by.length === 0}
      />
      <Select
        label="Which groups"
        data={ORDERS}
        value={draft.order}
        allowDeselect={false}
        onChange={(order) => set({ order: order === "asc" || order === "desc" ? order : "" })}
        disabled={draft.by.length === 0}
      />
    </div>
  );
}

function Option({ name, about }: { name: string; about?: string }) {
  return (
    <div className={css.option}>
      <span>{name}</span>
      {about && (
        <Text span size="xs" c="dimmed" truncate>
          {about}
        </Text>
      )}
    </div>
  );
}

/** Width of points: chosen or typed; a text that is no span of time is told and not applied. */
function Every({ value, onChange }: { value: string; onChange: (every: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (value === "" ? "one number" : value);
  const isGood = (text: string) => text === "one number" || text === "" || text === "auto" || spanMs(text) >= 1000;
  const apply = (text: string) => {
    if (!isGood(text)) return;
    setTyped(null);
    onChange(text === "one number" ? "" : text);
  };
  return (
    <Autocomplete
      label="Every"
      size="xs"
      data={["one number", ...WIDTHS]}
      filter={({ options }) => options}
      value={shown}
      error={typed !== null && !isGood(typed) ? "5m, 1h, 1d" : undefined}
      onChange={setTyped}
      onOptionSubmit={apply}
      onBlur={() => apply(shown)}
      onKeyDown={(event) => event.key === "Enter" && apply(shown)}
    />
  );
}
