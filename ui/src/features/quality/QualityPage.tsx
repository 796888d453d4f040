import { SegmentedControl, Select, Stack } from "@mantine/core";
import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { FilterField } from "@/design/FilterField";
import { Link } from "@/design/Link";
import { PageFrame } from "@/design/PageFrame";
import { useParam, useRange, useWhere } from "@/lib/address";
import { links } from "@/lib/links";
import { Headline } from "./Headline";
import { Names } from "./Names";
import { firstOf, type Name } from "./scores";
import { Slices } from "./Slices";
import { Spread } from "./Spread";
import { Trend } from "./Trend";
import css from "./quality.module.css";

const DIMENSIONS = [
  { value: "none", label: "all together" },
  { value: "model", label: "by model" },
  { value: "service", label: "by service" },
  { value: "prompt_version", label: "by prompt version" },
  { value: "prompt", label: "by prompt" },
  { value: "release", label: "by release" },
  { value: "tenant", label: "by tenant" },
  { value: "feature", label: "by feature" },
  { value: "environment", label: "by environment" },
];

/** How good the answers are: over time, where they are worst, and how the scores are spread. */
export default function QualityPage() {
  const [range] = useRange();
  const names = useGet("/api/v1/quality/scores", { query: { from: range.from, to: range.to } }, { keep: true });
  return (
    <PageFrame title="Quality" range>
      <Async
        of={names}
        height={400}
        isEmpty={(data) => data.items.length === 0}
        empty={
          <Empty title="No scores in this time">
            Scores come from evaluators, from judges, from people who{" "}
            <Link className="link" to={links.annotations()}>
              annotate
            </Link>
            , and from your users&apos; thumbs. Try a longer time.
          </Empty>
        }
      >
        {(data) => <Score names={data.items} />}
      </Async>
    </PageFrame>
  );
}

function Score({ names }: { names: Name[] }) {
  const [range] = useRange();
  const [where, setWhere] = useWhere();
  const [chosen, setChosen] = useParam("score");
  const [by, setBy] = useParam("by", "service");
  const [what, setWhat] = useParam("what", "mean");
  const [better, setBetter] = useParam("better", "high");
  const score = chosen || firstOf(names);
  const known = names.find((one) => one.name === score);
  const isValued = !known || known.mean !== null;
  return (
    <Stack gap="md">
      <div className={css.bar}>
        <Select
          aria-label="Score"
          searchable
          allowDeselect={false}
          value={score}
          onChange={(value) => setChosen(value)}
          data={[...new Set([score, ...names.map((one) => one.name)])]}
        />
        <SegmentedControl
          aria-label="Which figure"
          value={what}
          onChange={setWhat}
          data={[
            { value: "mean", label: "Mean" },
            { value: "rate", label: "Pass rate" },
          ]}
        />
        <Select
          aria-label="Break down by"
          w={170}
          allowDeselect={false}
          value={by}
          onChange={(value) => setBy(value)}
          data={
            DIMENSIONS.some((one) => one.value === by) ? DIMENSIONS : [...DIMENSIONS, { value: by, label: `by ${by}` }]
          }
        />
        <Select
          aria-label="Which values are good"
          w={140}
          allowDeselect={false}
          value={better}
          onChange={(value) => setBetter(value)}
          data={[
            { value: "high", label: "high is good" },
            { value: "low", label: "low is good" },
          ]}
        />
        <div className={css.filter}>
          <FilterField
            value={where}
            onApply={setWhere}
            from={range.from}
            to={range.to}
            label="Filter of what was judged"
            placeholder='Everything, or e.g. service = "support-chat"'
          />
        </div>
      </div>
      {isValued ? (
        <>
          <Headline score={score} where={where} human={known?.human_n ?? 0} />
          <Trend score={score} what={what === "rate" ? "rate" : "mean"} by={by === "none" ? "" : by} where={where} />
          <Slices score={score} where={where} better={better === "low" ? "low" : "high"} />
        </>
      ) : null}
      <div className={css.even}>
        <Spread score={score} where={where} />
        <Names names={names} chosen={score} />
      </div>
    </Stack>
  );
}
