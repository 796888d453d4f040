import { Autocomplete } from "@mantine/core";
import { useMemo, useState } from "react";
import { useGet } from "@/api/hooks";
import { FilterField } from "@/design/FilterField";
import { PageFrame } from "@/design/PageFrame";
import { useParam, useRange, useWhere } from "@/lib/address";
import { ByDimension } from "./ByDimension";
import { DIMENSIONS, titleOf } from "./dimensions";
import { Dearest } from "./Dearest";
import { Outcomes } from "./Outcomes";
import { Outlook } from "./Outlook";
import { TokenClasses } from "./TokenClasses";
import { Totals } from "./Totals";
import { Trend } from "./Trend";
import { Unpriced } from "./Unpriced";
import css from "./cost.module.css";

/** Where the money goes. */
export default function CostPage() {
  const [range] = useRange();
  const [where, setWhere] = useWhere();
  const [by, setBy] = useParam("by", "model");
  const spending = useGet(
    "/api/v1/spending",
    { query: { from: range.from, to: range.to, where, by, limit: 200 } },
    { keep: true },
  );
  return (
    <PageFrame title="Cost" range>
      <div className={css.bar}>
        <div className={css.filter}>
          <FilterField
            value={where}
            onApply={setWhere}
            from={range.from}
            to={range.to}
            label="Filter of calls"
            placeholder='All calls, or e.g. tenant = "acme"'
          />
        </div>
        <DimensionField key={by} by={by} onChange={setBy} />
      </div>
      <Totals where={where} spending={spending} />
      <Trend where={where} by={by} />
      <div className={css.wide}>
        <ByDimension where={where} by={by} spending={spending} />
        <TokenClasses spending={spending} />
      </div>
      <div className={css.even}>
        <Outlook where={where} />
        <Outcomes where={where} />
      </div>
      <Dearest where={where} />
      <Unpriced where={where} />
    </PageFrame>
  );
}

/** Any field: those people ask for most are offered, others are typed. */
function DimensionField({ by, onChange }: { by: string; onChange: (field: string) => void }) {
  const [text, setText] = useState(titleOf(by));
  const titles = useMemo(() => DIMENSIONS.map((one) => one.title), []);
  const take = (value: string) => {
    const known = DIMENSIONS.find((one) => one.title.toLowerCase() === value.trim().toLowerCase());
    const field = known?.field ?? value.trim();
    if (field) onChange(field);
    else setText(titleOf(by));
  };
  return (
    <Autocomplete
      className={css.by}
      size="xs"
      aria-label="Break down by"
      title={'A field such as model or tenant, or attr["key"]'}
      data={titles}
      value={text}
      filter={({ options, search }) =>
        titles.includes(search) ? options : options.filter((one) => matches(one as { label?: string }, search))
      }
      onChange={setText}
      onFocus={(event) => event.currentTarget.select()}
      onOptionSubmit={take}
      onBlur={() => take(text)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.defaultPrevented) take(event.currentTarget.value);
      }}
      leftSection={<span className="dim">by</span>}
    />
  );
}

function matches(option: { label?: string }, search: string): boolean {
  return (option.label ?? "").toLowerCase().includes(search.trim().toLowerCase());
}
