import { SegmentedControl, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { FilterField } from "@/design/FilterField";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useParam, useRange, useWhere } from "@/lib/address";
import { fromTo } from "@/lib/time";
import { BEFORE, fieldsOf, referenceOf, useDrift, type Answer } from "./asking";
import { FieldDetail } from "./FieldDetail";
import { FieldTable } from "./FieldTable";
import { ReferencePicker } from "./ReferencePicker";
import css from "./drift.module.css";

/** Whether what comes in and goes out is still what it was. */
export default function DriftPage() {
  const [range] = useRange();
  const [where, setWhere] = useWhere();
  const [against, setAgainst] = useParam("against", BEFORE);
  const [within] = useParam("within");
  const [signal, setSignal] = useParam("signal", "spans");
  const [fields, setFields] = useParam("fields");
  const keys = useGet(
    "/api/v1/values",
    { query: { field: "feature", signal: "predictions", limit: 30 } },
    { enabled: signal === "predictions" && !fields },
  );
  const listed = useMemo(() => {
    if (fields || signal !== "predictions") return fieldsOf(fields);
    const features = (keys.data?.items ?? []).map((one) => `feature["${one.value}"]`);
    return ["prediction", "confidence", ...features];
  }, [fields, signal, keys.data]);
  const question = useMemo(
    () => ({
      field: "",
      fields: listed,
      reference: referenceOf(against, range, new Date(), within),
      current: { ...range, where: "" },
      where,
      signal: signal as "spans" | "predictions",
      alpha: 0.05,
    }),
    [listed, against, within, range, where, signal],
  );
  const answer = useDrift(question);
  return (
    <PageFrame title="Drift" range>
      <div className={css.bar}>
        <ReferencePicker value={against} onChange={setAgainst} range={range} where={where} />
        <SegmentedControl
          size="xs"
          aria-label="What is compared"
          data={[
            { value: "spans", label: "Calls" },
            { value: "predictions", label: "Predictions" },
          ]}
          value={signal}
          onChange={(next) => setSignal(next)}
        />
        <FieldsField key={fields} value={fields} onChange={setFields} />
        {signal === "spans" && (
          <div className={css.filter}>
            <FilterField
              value={where}
              onApply={setWhere}
              from={range.from}
              to={range.to}
              label="Filter of what is compared"
              placeholder='All, or e.g. service = "support-chat"'
            />
          </div>
        )}
      </div>
      <Async
        of={answer}
        height={240}
        isEmpty={(found) => !found.columns.length}
        empty={<Empty title="Nothing to compare">No field has values in both windows.</Empty>}
      >
        {(found) => <Found found={found} />}
      </Async>
    </PageFrame>
  );
}

function Found({ found }: { found: Answer }) {
  const [chosen, choose] = useParam("field");
  const ranked = useMemo(() => [...found.columns].sort((a, b) => rank(a) - rank(b)), [found.columns]);
  const shown = ranked.find((one) => one.column === chosen) ?? ranked[0]!;
  return (
    <div className={css.found}>
      <Panel
        title={VERDICTS[found.verdict]}
        about={`${fromTo(found.current.from, found.current.to)}, held against ${fromTo(found.reference.from, found.reference.to)}`}
        flush
      >
        {found.notes.map((note) => (
          <p className={css.note} key={note}>
            {note}
          </p>
        ))}
        <FieldTable columns={ranked} chosen={shown.column} onChoose={(name) => choose(name, { replace: true })} />
      </Panel>
      <FieldDetail column={shown} found={found} />
    </div>
  );
}

const VERDICTS: Record<Answer["verdict"], string> = {
  drift: "There is drift",
  negligible: "What changed is too little to matter",
  stable: "No evidence of drift",
  "not enough data": "Not enough data",
  "not compared": "Nothing to compare",
};

function rank(column: Answer["columns"][number]): number {
  return (column.drift ? 0 : 10) + (column.p_value ?? 5);
}

/** Fields typed by hand; the usual ones when it is empty. */
function FieldsField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  return (
    <TextInput
      size="xs"
      className={css.fields}
      aria-label="Fields to compare"
      placeholder={'Usual fields, or e.g. model, attr["key"]'}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => onChange(text.trim())}
      onKeyDown={(event) => {
        if (event.key === "Enter") onChange(text.trim());
      }}
    />
  );
}
