import { Autocomplete, Button, NumberInput, Select, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Link as RouterLink, useNavigate } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Failed } from "@/design/Async";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useRange } from "@/lib/address";
import { links } from "@/lib/links";
import { draftOf, kept } from "../explore/draft";
import { QueryBuilder } from "../explore/QueryBuilder";
import { History } from "./History";
import { Settings } from "./Settings";
import {
  changed,
  comparesSamples,
  kindName,
  sent,
  settingsOf,
  type Kind,
  type Monitor,
  type NewMonitor,
} from "./words";
import css from "./monitors.module.css";

const WIDTHS = ["1m", "5m", "15m", "1h", "6h", "1d"];
const AGAIN = ["", "1h", "4h", "1d"];
const NO_DATA: { value: NewMonitor["no_data"]; label: string }[] = [
  { value: "ignore", label: "Nothing" },
  { value: "alert", label: "An alert" },
  { value: "keep", label: "What was before" },
];
const SEVERITIES = ["critical", "high", "medium", "low"];
const BEGIN: NewMonitor = {
  name: "",
  type: "threshold",
  query: { measure: "error_rate" },
  settings: {},
  every: "5m",
  after: 1,
  recover: 3,
  no_data: "ignore",
  severity: "medium",
  renotify: "",
  maintenance: [],
  paused: false,
};

/** A new monitor, or another state of one there is; it is tried on the past before it is switched on. */
export function MonitorForm({ before }: { before?: Monitor }) {
  const types = useGet("/api/v1/monitors/types", {}, { staleTime: 600_000 });
  return (
    <PageFrame
      title={before ? `Change “${before.name}”` : "New monitor"}
      about="The time range at the right is what it is tried on"
      range
    >
      <Async of={types} height={300}>
        {({ items }) => <Written kinds={items} before={before} />}
      </Async>
    </PageFrame>
  );
}

function Written({ kinds, before }: { kinds: Kind[]; before?: Monitor }) {
  const [range, setRange] = useRange();
  const [written, write] = useState<NewMonitor>(before ? sent(before) : BEGIN);
  const [tried, setTried] = useState<NewMonitor | null>(null);
  const go = useNavigate();
  const set = (change: Partial<NewMonitor>) => write({ ...written, ...change });
  const kind = kinds.find((one) => one.name === written.type) ?? kinds[0]!;
  const made: NewMonitor = {
    ...written,
    name: written.name.trim(),
    settings: settingsOf(kind, written.settings ?? {}),
  };
  const save = useChange(
    async () =>
      before
        ? (await api.PUT("/api/v1/monitors/{monitor_id}", { params: { path: { monitor_id: before.id } }, body: made }))
            .data!
        : (await api.POST("/api/v1/monitors", { body: made })).data!,
    {
      touches: ["/api/v1/monitors"],
      done: (monitor) => `“${monitor.name}” is kept; it looks every ${monitor.every}`,
      then: (monitor) => void go(links.monitor(monitor.id)),
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <Panel title="What">
        <div className={css.fields}>
          <TextInput
            label="Name"
            required
            placeholder="Checkout is slow"
            value={written.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <Select
            label="Type"
            data={kinds.map((one) => ({ value: one.name, label: kindName(one.name) }))}
            value={kind.name}
            allowDeselect={false}
            onChange={(type) => type && set(changed(written, type))}
          />
        </div>
        <p className={`dim ${css.about}`}>{kind.about}</p>
      </Panel>
      <Panel
        title="Query"
        about={`${comparesSamples(kind) ? "which rows are compared; " : ""}each group of “By” is judged for itself`}
      >
        <QueryBuilder
          draft={draftOf(written.query)}
          onChange={(draft) => set({ query: kept({ ...draft, every: "" }) })}
          range={range}
          isTimeless
        />
      </Panel>
      <Panel title="Alerts when">
        <Settings kind={kind} value={written.settings ?? {}} onChange={(settings) => set({ settings })} />
      </Panel>
      <Panel title="How it alerts">
        <How written={written} set={set} />
      </Panel>
      {tried && (
        <Panel
          title="When it would have fired"
          actions={
            <Link className="link" to={links.backtests(range)}>
              What detection itself would have said
            </Link>
          }
        >
          <History monitor={tried} range={range} onRange={setRange} />
        </Panel>
      )}
      {save.error && <Failed error={save.error} />}
      <div className={css.buttons}>
        <Button component={RouterLink} variant="default" to={before ? links.monitor(before.id) : links.monitors()}>
          Cancel
        </Button>
        <Button variant="default" onClick={() => setTried({ ...made, name: made.name || "preview" })}>
          Try it on the past
        </Button>
        <AdminButton type="submit" loading={save.isPending}>
          {before ? "Change it" : "Switch it on"}
        </AdminButton>
      </div>
    </form>
  );
}

function How({ written, set }: { written: NewMonitor; set: (change: Partial<NewMonitor>) => void }) {
  const number = (name: "after" | "recover") => (value: string | number) =>
    typeof value === "number" && set({ [name]: value });
  return (
    <div className={css.fields}>
      <Autocomplete
        size="xs"
        label="Every"
        description="Width of the windows that are judged, 1m to 1d"
        data={WIDTHS}
        filter={({ options }) => options}
        value={written.every}
        onChange={(every) => set({ every })}
      />
      <NumberInput
        label="After"
        description="Windows in a row until it alerts"
        min={1}
        allowDecimal={false}
        value={written.after}
        onChange={number("after")}
      />
      <NumberInput
        label="Recovers after"
        description="Windows in a row until it is over"
        min={1}
        allowDecimal={false}
        value={written.recover}
        onChange={number("recover")}
      />
      <Select
        label="No data means"
        description="What a window without data is"
        data={NO_DATA}
        allowDeselect={false}
        value={written.no_data}
        onChange={(value) => set({ no_data: value as NewMonitor["no_data"] })}
      />
      <Select
        label="Severity"
        description="How urgently people are told"
        data={SEVERITIES}
        allowDeselect={false}
        value={written.severity}
        onChange={(value) => set({ severity: value as NewMonitor["severity"] })}
      />
      <Autocomplete
        size="xs"
        label="Told again after"
        description="While nobody acknowledges, e.g. 4h; empty: once"
        data={AGAIN.filter(Boolean)}
        filter={({ options }) => options}
        value={written.renotify}
        onChange={(renotify) => set({ renotify: renotify.trim() })}
      />
    </div>
  );
}
