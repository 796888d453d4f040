import { Select } from "@mantine/core";
import { useMemo } from "react";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { PageFrame, Panel } from "@/design/PageFrame";
import { RankTable, type RankColumn } from "@/design/RankTable";
import { Rows } from "@/design/Rows";
import { Stat, Stats } from "@/design/Stat";
import { TimeChart } from "@/design/TimeChart";
import { useKeepRange, useParam, useRange } from "@/lib/address";
import { count, money, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { both, equals } from "@/lib/query";
import { Prices } from "./Prices";
import { gpuTime, PARTS, shares, type Attribution } from "./split";
import css from "./gpu.module.css";

type Item = Schemas["GpuItem"];

const FIELDS = [
  "team",
  "feature",
  "tenant",
  "service",
  "model",
  "user",
  "session",
  "prompt_name",
  "environment",
  "trace_id",
];
const CALLS = 'kind in ("llm", "embedding", "reranker", "prediction")';

/** What GPU time was used for, how much stood idle, and what an hour costs. */
export default function GpuPage() {
  const [range] = useRange();
  const [by, setBy] = useParam("by", "team");
  const asked = useGet(
    "/api/v1/gpu/attribution",
    { query: { from: range.from, to: range.to, by, limit: 200 } },
    { keep: true },
  );
  return (
    <PageFrame title="GPUs" about="What they were used for, and what stood idle" range>
      <Async
        of={asked}
        height={360}
        isEmpty={(told) => told.totals.gpus === 0}
        empty={
          <Empty title="No GPU was measured in this time">
            Scrape the DCGM exporter (Settings, Collectors), or send its metrics or hw.gpu.utilization by remote write
            or OTLP into this project.
          </Empty>
        }
      >
        {(told) => (
          <div className={css.parts}>
            <Hints told={told} />
            <Totals told={told} />
            <OverTime told={told} />
            <Panel
              title="Used for"
              about="busy time, shared by tokens among the calls that ran together"
              actions={
                <Select
                  size="xs"
                  aria-label="Break down by"
                  data={FIELDS.includes(by) ? FIELDS : [...FIELDS, by]}
                  value={by}
                  allowDeselect={false}
                  onChange={(field) => field && setBy(field)}
                  leftSection={<span className="dim">by</span>}
                />
              }
            >
              <ByValue told={told} by={by} />
            </Panel>
            <Places told={told} />
          </div>
        )}
      </Async>
      <Prices />
    </PageFrame>
  );
}

function Hints({ told }: { told: Attribution }) {
  if (told.hints.length === 0) return null;
  return (
    <ul className={css.hints} aria-label="What is missing">
      {told.hints.map((hint) => (
        <li key={hint.code}>
          {hint.code === "no_price" ? (
            <>
              Some GPU time has no price, so its cost is unknown.{" "}
              <a className="link" href="#prices">
                Say what an hour costs
              </a>
            </>
          ) : (
            `${hint.text.charAt(0).toUpperCase()}${hint.text.slice(1)}.`
          )}
        </li>
      ))}
    </ul>
  );
}

function Totals({ told }: { told: Attribution }) {
  const { totals } = told;
  const share = (seconds: number) => percent(totals.gpu_seconds > 0 ? seconds / totals.gpu_seconds : null);
  return (
    <Stats>
      <Stat
        label="GPU time"
        about="Wall time of every GPU that was measured."
        below={<span className="dim">{count(totals.gpus)} GPUs</span>}
      >
        {gpuTime(totals.gpu_seconds)}
      </Stat>
      {PARTS.map((part) => (
        <Stat
          key={part.id}
          label={part.title}
          about={part.about}
          below={
            <span className="dim">
              {gpuTime(totals[`${part.id}_gpu_seconds`])}
              {totals[`${part.id}_usd`] !== null && `, ${money(totals[`${part.id}_usd`])}`}
            </span>
          }
        >
          {share(totals[`${part.id}_gpu_seconds`])}
        </Stat>
      ))}
      <Stat
        label="Cost"
        about="GPU hours times their price; time without a price is left out."
        below={
          <span className="dim">
            {totals.unpriced_gpu_seconds > 0
              ? `${gpuTime(totals.unpriced_gpu_seconds)} without a price`
              : "all of it has a price"}
          </span>
        }
      >
        {money(totals.usd)}
      </Stat>
    </Stats>
  );
}

function OverTime({ told }: { told: Attribution }) {
  const series = useMemo(() => shares(told.points), [told.points]);
  return (
    <Panel title="Share of GPU time">
      <TimeChart
        label="Share of GPU time by what it was used for"
        series={series}
        unit="ratio"
        kind="area"
        height={180}
      />
    </Panel>
  );
}

function ByValue({ told, by }: { told: Attribution; by: string }) {
  const [range] = useRange();
  const keep = useKeepRange();
  const columns: RankColumn<Item>[] = [
    { id: "time", title: "GPU time", value: (row) => row.gpu_seconds, cell: (row) => gpuTime(row.gpu_seconds) },
    {
      id: "share",
      title: "Share",
      about: "Of the time calls used",
      value: (row) => row.share,
      cell: (row) => percent(row.share),
      minor: true,
    },
    {
      id: "cost",
      title: "Cost",
      about: "≥: some of its GPU time has no price. A dash: none has one.",
      value: (row) => row.usd,
      cell: (row) => `${row.unpriced_gpu_seconds > 0 && row.usd !== null ? "≥ " : ""}${money(row.usd)}`,
    },
    {
      id: "loaded",
      title: "With idle",
      about: "With as large a part of the idle cost as it has of the used",
      value: (row) => row.usd_with_idle,
      cell: (row) => money(row.usd_with_idle),
      minor: true,
    },
    { id: "calls", title: "Calls", value: (row) => row.calls, cell: (row) => count(row.calls) },
    { id: "tokens", title: "Tokens", value: (row) => row.tokens, cell: (row) => count(row.tokens), minor: true },
  ];
  const { calls } = told;
  return (
    <>
      {told.items.length === 0 ? (
        <Empty title="No call is known to have run on these GPUs">
          Calls are matched by server.address, k8s.pod.name or host.name, or by the model a server there says it serves
          (vLLM&apos;s own metrics).
        </Empty>
      ) : (
        <RankTable
          label={`GPU time by ${by}`}
          heading={by}
          rows={told.items}
          rowKey={(row) => row.value}
          name={(row) => row.value || "(none)"}
          to={(row) =>
            by === "trace_id" && row.value
              ? links.trace(row.value)
              : links.traces({ ...keep, ...range, where: both(CALLS, equals(by, row.value)), level: "spans" })
          }
          columns={columns}
          first="time"
          most={12}
          foot={told.other ? `${gpuTime(told.other.gpu_seconds)} of others not shown` : undefined}
        />
      )}
      <p className={css.note}>
        {count(calls.matched)} calls ran on these GPUs and {count(calls.vendors)} at vendors that bill by the token; of{" "}
        {count(calls.unmatched)} nobody knows where they ran. An output token counts as four input tokens.
      </p>
    </>
  );
}

function Places({ told }: { told: Attribution }) {
  return (
    <Panel title="Where" flush>
      <Rows
        label="GPUs by place"
        rows={told.places}
        keyOf={(one) => `${one.host} ${one.pod}`}
        columns={[
          { title: "Host", cell: (one) => [one.host, one.pod].filter(Boolean).join(" / ") },
          { title: "GPUs", isNumber: true, cell: (one) => count(one.gpus) },
          { title: "Model of GPU", cell: (one) => one.gpu_models.join(", ") || <span className="dim">not said</span> },
          { title: "Serves", cell: (one) => one.models.join(", ") || <span className="dim">not said</span> },
          { title: "GPU time", isNumber: true, cell: (one) => gpuTime(one.gpu_seconds) },
          { title: "Idle", isNumber: true, cell: (one) => percent(one.idle_share) },
          { title: "Full (95% busy)", isNumber: true, cell: (one) => percent(one.full_share) },
          { title: "An hour", isNumber: true, cell: (one) => money(one.usd_per_gpu_hour) },
          { title: "Cost", isNumber: true, cell: (one) => money(one.usd) },
        ]}
      />
    </Panel>
  );
}
