import { Autocomplete, Button, Select } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { Async, Empty, Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { useParam } from "@/lib/address";
import { count, duration } from "@/lib/format";
import { links } from "@/lib/links";
import { BadRange, parseRange } from "@/lib/time";
import { Progressing, State, useCancel } from "./Progressing";
import { isUnderWay, type Backtest } from "./words";
import css from "./incidents.module.css";

const REFRESH_MS = 2000;
const WINDOWS = ["24h", "3d", "7d", "14d", "30d"];
const STEPS = [
  { value: "1m", label: "every minute, as live" },
  { value: "5m", label: "every 5 minutes" },
  { value: "15m", label: "every 15 minutes" },
  { value: "1h", label: "every hour" },
];

/** Detection over the past, as it would have run live: what it would have said, and when. */
export default function BacktestsPage() {
  const asked = useGet(
    "/api/v1/backtests",
    {},
    { refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? REFRESH_MS : false) },
  );
  const cancel = useCancel();
  return (
    <PageFrame
      title="Backtests"
      about="What detection would have said in the past, knowing only what had ended by then"
    >
      <Start />
      {cancel.error && <Failed error={cancel.error} />}
      <Async
        of={asked}
        height={160}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No backtest yet">
            Choose a window above: the incidents that would have been opened in it are listed with their causes. A{" "}
            <Link className="link" to={links.newMonitor()}>
              monitor of your own
            </Link>{" "}
            is tried on the past where it is made.
          </Empty>
        }
      >
        {({ items }) => (
          <Panel title="Backtests" about="the newest; older ones are forgotten" flush>
            <Rows
              label="Backtests"
              rows={items}
              keyOf={(one) => one.id}
              isDim={(one) => one.state === "cancelled"}
              columns={[
                {
                  title: "Window",
                  cell: (one) => (
                    <Link className="link" to={links.backtest(one.id)}>
                      <Time at={one.from} /> to <Time at={one.to} />
                    </Link>
                  ),
                },
                { title: "Looked every", isNumber: true, cell: (one) => duration(one.step_s * 1000) },
                { title: "State", width: "190px", cell: (one) => <Told of={one} /> },
                {
                  title: "Incidents",
                  isNumber: true,
                  cell: (one) => (one.state === "done" ? count(one.incidents) : <span className="dim">–</span>),
                },
                { title: "Asked for", cell: (one) => <Time at={one.created} relative /> },
                { title: "By", cell: (one) => one.author },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) =>
                    isUnderWay(one) && (
                      <Button
                        variant="default"
                        size="compact-xs"
                        loading={cancel.isPending && cancel.variables === one.id}
                        onClick={() => cancel.mutate(one.id)}
                      >
                        Cancel
                      </Button>
                    ),
                },
              ]}
            />
          </Panel>
        )}
      </Async>
    </PageFrame>
  );
}

function Told({ of }: { of: Backtest }) {
  return of.state === "running" ? <Progressing of={of} /> : <State of={of.state} />;
}

/** Which window, and how often; the answer leads to its page. */
function Start() {
  const [from] = useParam("from");
  const [to] = useParam("to", "now");
  const [text, write] = useState(from ? (to === "now" ? from.replace(/^-/, "") : `${from} to ${to}`) : "7d");
  const [step, setStep] = useState("5m");
  const [wrong, setWrong] = useState("");
  const go = useNavigate();
  const start = useChange(
    async (range: { from: string; to: string }) =>
      (await api.POST("/api/v1/backtests", { body: { ...range, step } })).data!,
    { touches: ["/api/v1/backtests"], then: (made) => void go(links.backtest(made.id)) },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      start.mutate(parseRange(text));
    } catch (error) {
      if (!(error instanceof BadRange)) throw error;
      setWrong(error.message);
    }
  };
  return (
    <Panel title="Run one">
      <form className={css.ask} onSubmit={submit}>
        <Autocomplete
          size="xs"
          label="Window"
          description="The two weeks before it teach what is usual"
          required
          data={WINDOWS}
          filter={({ options }) => options}
          value={text}
          error={wrong}
          onChange={(value) => {
            write(value);
            setWrong("");
          }}
        />
        <Select
          label="It looks"
          description="The shorter, the sooner it finds, and the longer it takes"
          data={STEPS}
          allowDeselect={false}
          value={step}
          onChange={(value) => value && setStep(value)}
        />
        <Button type="submit" loading={start.isPending}>
          Run it
        </Button>
      </form>
      {start.error && <Failed error={start.error} />}
    </Panel>
  );
}
