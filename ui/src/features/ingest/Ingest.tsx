import { SegmentedControl } from "@mantine/core";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { PageFrame, Panel } from "@/design/PageFrame";
import { TimeChart } from "@/design/TimeChart";
import { useParam, useRange } from "@/lib/address";
import { duration } from "@/lib/format";
import { millis } from "@/lib/time";
import { accountOf, type Flow } from "./account";
import { Equation } from "./Equation";
import { Gauges } from "./Gauges";
import { Refusals } from "./Refusals";
import { Senders } from "./Senders";

const SIGNALS = ["", "spans", "logs", "metrics", "scores"] as const;
type Signal = (typeof SIGNALS)[number];
const LIVE_MS = 5000;

/** What arrived, what became of it, who sends it, and whether there is room. */
export default function Ingest() {
  const [range] = useRange();
  const [signal, setSignal] = useParam("signal");
  const status = useGet("/api/v1/status", {}, { refetchInterval: LIVE_MS, keep: true });
  const flow = useGet(
    "/api/v1/ledger/flow",
    { query: { from: range.from, to: range.to, signal: signal as Signal } },
    { refetchInterval: range.to === "now" ? LIVE_MS : false, keep: true },
  );
  return (
    <PageFrame title="Ingest" about="What arrived, and what became of it" range>
      <Async of={flow}>
        {({ items, every_s }) => (
          <Panel
            title="Ledger"
            about={`by time of arrival, each bar ${duration(every_s * 1000)}`}
            actions={
              <SegmentedControl
                aria-label="Signal"
                data={SIGNALS.map((one) => ({ value: one, label: one || "all" }))}
                value={signal}
                onChange={(value) => setSignal(value)}
              />
            }
          >
            <Equation account={accountOf(items)} signal={signal || "items"} queue={status.data?.queue} />
            <div style={{ marginTop: 12 }}>
              <TimeChart
                label="Items received over time by what became of them"
                kind="bars"
                height={170}
                series={seriesOf(items)}
                unit=""
                legend
              />
            </div>
          </Panel>
        )}
      </Async>
      <Async of={status}>{(told) => <Gauges status={told} />}</Async>
      <Refusals />
      <Senders />
    </PageFrame>
  );
}

function seriesOf(points: Flow[]) {
  const line = (name: string, colour: string, pick: (point: Flow) => number) => ({
    name,
    colour,
    points: points.map((point) => ({ at: millis(point.time), value: pick(point) })),
  });
  return [
    line("stored", "var(--ok)", (point) => point.stored),
    line("dropped", "var(--warn)", (point) => Object.values(point.dropped).reduce((sum, items) => sum + items, 0)),
    line("refused", "var(--bad)", (point) => point.refused),
  ];
}
