import { Checkbox, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import type { RuleBody } from "./words";
import css from "./evaluators.module.css";

type Sampling = NonNullable<RuleBody["sampling"]>;
const TAILS = [
  { value: "", label: "none" },
  { value: "cost", label: "the dearest" },
  { value: "latency", label: "the slowest" },
  { value: "uncertainty", label: "the least certain" },
];

/** How much of what passes the filter is scored. */
export function SamplingForm({ value, onChange }: { value: Sampling; onChange: (value: Sampling) => void }) {
  const set = (changes: Partial<Sampling>) => onChange({ ...value, ...changes });
  return (
    <Stack gap="xs">
      <div className={css.row}>
        <NumberInput
          label="At random, %"
          w={120}
          min={0}
          max={100}
          value={+((value.rate ?? 1) * 100).toFixed(4)}
          onChange={(percent) => set({ rate: Number(percent) / 100 })}
        />
        <Checkbox
          label="All with errors"
          checked={value.errors ?? false}
          onChange={(event) => set({ errors: event.currentTarget.checked })}
          mb={8}
        />
      </div>
      <div className={css.row}>
        <TextInput
          label="Of each value of a field"
          placeholder="e.g. model"
          w={170}
          value={value.stratify_by ?? ""}
          onChange={(event) =>
            set({
              stratify_by: event.currentTarget.value,
              per_hour: event.currentTarget.value ? value.per_hour || 20 : 0,
            })
          }
        />
        <NumberInput
          label="about so many an hour"
          w={170}
          min={0}
          disabled={!value.stratify_by}
          value={value.per_hour ?? 0}
          onChange={(number) => set({ per_hour: Number(number) })}
        />
      </div>
      <div className={css.row}>
        <Select
          label="The tail"
          w={170}
          data={TAILS}
          allowDeselect={false}
          value={value.tail_by ?? ""}
          onChange={(by) =>
            set({
              tail_by: (by ?? "") as Sampling["tail_by"],
              tail_share: by ? value.tail_share || 0.05 : 0,
              tail_score: by === "uncertainty" ? value.tail_score : "",
            })
          }
        />
        <NumberInput
          label="its size, %"
          w={110}
          min={0}
          max={100}
          disabled={!value.tail_by}
          value={+((value.tail_share ?? 0) * 100).toFixed(4)}
          onChange={(percent) => set({ tail_share: Number(percent) / 100 })}
        />
        {value.tail_by === "uncertainty" && (
          <TextInput
            label="of the score"
            w={160}
            placeholder="e.g. groundedness"
            value={value.tail_score ?? ""}
            onChange={(event) => set({ tail_score: event.currentTarget.value })}
          />
        )}
      </div>
      <div className={css.row}>
        <NumberInput
          label="At most a day"
          placeholder="any number"
          w={170}
          min={0}
          value={value.rows_per_day ?? ""}
          onChange={(number) => set({ rows_per_day: number === "" ? null : Number(number) })}
        />
        <NumberInput
          label="Judges spend at most, $ a day"
          placeholder="no limit here"
          w={210}
          min={0}
          decimalScale={4}
          value={value.usd_per_day ?? ""}
          onChange={(number) => set({ usd_per_day: number === "" ? null : Number(number) })}
        />
      </div>
    </Stack>
  );
}
