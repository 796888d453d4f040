import { Button, Select, Switch, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Json } from "@/design/Code";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { useParam, useSetParams } from "@/lib/address";
import { count } from "@/lib/format";
import { ago } from "@/lib/time";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Trial = Schemas["TrialAnswer"];

/** Reads a stored span with a text that is not kept yet, and shows what each field becomes. */
export function MappingTrial({
  name,
  text,
  onProblem,
}: {
  name: string;
  text: string;
  onProblem: (problem: Error | null) => void;
}) {
  const [trace] = useParam("trace");
  const [span] = useParam("span");
  const set = useSetParams();
  const [onlyChanged, setOnlyChanged] = useState(false);
  const recent = useGet("/api/v1/spans", { query: { limit: 50 } }, { staleTime: 30_000 });
  const trial = useMutation<Trial, Error>({
    mutationFn: async () => {
      const { data } = await api.POST("/api/v1/mappings/try", {
        body: { text, name, trace_id: trace.trim(), span_id: span.trim() },
      });
      return data!;
    },
    onError: onProblem,
    onSuccess: () => onProblem(null),
  });
  const options = (recent.data?.items ?? []).map((one) => ({
    value: `${one.trace_id}/${one.span_id}`,
    label: `${one.name} · ${one.service || "no service"} · ${one.kind} · ${ago(one.start)}`,
  }));
  const chosen = `${trace}/${span}`;
  return (
    <>
      <form
        className={css.form}
        style={{ alignItems: "end", gridTemplateColumns: "repeat(auto-fit, minmax(200px, 1fr))" }}
        onSubmit={(event) => {
          event.preventDefault();
          trial.mutate();
        }}
      >
        <Select
          label="A recent span"
          placeholder="choose, or give the ids"
          data={options}
          value={options.some((one) => one.value === chosen) ? chosen : null}
          onChange={(value) => {
            const [traceId = "", spanId = ""] = (value ?? "").split("/");
            set({ trace: traceId, span: spanId }, { replace: true });
          }}
          searchable
          clearable
        />
        <TextInput
          label="Trace id"
          classNames={{ input: "mono" }}
          value={trace}
          onChange={(event) => set({ trace: event.currentTarget.value }, { replace: true })}
        />
        <TextInput
          label="Span id"
          classNames={{ input: "mono" }}
          value={span}
          onChange={(event) => set({ span: event.currentTarget.value }, { replace: true })}
        />
        <Button type="submit" loading={trial.isPending} disabled={!trace.trim() || !span.trim()}>
          Try it
        </Button>
      </form>
      {trial.data ? (
        <Result trial={trial.data} onlyChanged={onlyChanged} onOnly={setOnlyChanged} />
      ) : (
        <Text size="sm" c="dimmed" mt="sm">
          Nothing is stored by trying.
        </Text>
      )}
    </>
  );
}

function Result({ trial, onlyChanged, onOnly }: { trial: Trial; onlyChanged: boolean; onOnly: (on: boolean) => void }) {
  const changed = trial.fields.filter((field) => field.changed);
  const shown = onlyChanged ? changed : trial.fields;
  const words = !trial.speaks
    ? "The mapping does not apply to this span: see [mapping.when]."
    : changed.length === 0
      ? "The mapping applies, and changes nothing here."
      : `The mapping applies and changes ${count(changed.length)} ${changed.length === 1 ? "field" : "fields"}.`;
  return (
    <div style={{ marginTop: 14, display: "flex", flexDirection: "column", gap: 14 }}>
      <Panel
        title={trial.span_name}
        about={
          <span className={trial.speaks && changed.length ? "ok" : "warn"} role="status">
            {words}
          </span>
        }
        flush
        actions={
          <Switch
            label="Only what changes"
            checked={onlyChanged}
            onChange={(event) => onOnly(event.currentTarget.checked)}
          />
        }
      >
        {shown.length === 0 ? (
          <Empty title="No field changes" />
        ) : (
          <Rows
            label="Fields of the span"
            rows={shown}
            keyOf={(field) => field.field}
            columns={[
              { title: "Field", cell: (field) => <span className="mono">{field.field}</span> },
              { title: "Now", cell: (field) => <Value text={field.before} /> },
              {
                title: "With this text",
                cell: (field) => (
                  <>
                    {field.changed ? (
                      <b>
                        <Value text={field.after} />
                      </b>
                    ) : (
                      <span className="dim">the same</span>
                    )}
                  </>
                ),
              },
              {
                title: "From",
                cell: (field) => (
                  <>
                    {field.convention ? <Tag>{field.convention}</Tag> : null}{" "}
                    <span className="mono dim">{field.key}</span>
                  </>
                ),
              },
            ]}
          />
        )}
      </Panel>
      <Panel title="Original attributes">
        <Json value={trial.attributes} label="attributes" maxHeight={360} />
      </Panel>
    </div>
  );
}

function Value({ text }: { text: string | null }) {
  return text === null ? <span className="dim">nothing</span> : <Long text={text} className="mono" />;
}
