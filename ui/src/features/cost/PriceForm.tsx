import { Button, Checkbox, Group, NumberInput, Progress, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useGet } from "@/api/hooks";
import { count, money, percent } from "@/lib/format";
import css from "./cost.module.css";

type Field = "input" | "cached_input" | "output" | "per_second" | "per_request";
const FIELDS: { name: Field; label: string; step: number }[] = [
  { name: "input", label: "Input", step: 0.1 },
  { name: "cached_input", label: "Cached input", step: 0.1 },
  { name: "output", label: "Output", step: 0.1 },
  { name: "per_second", label: "Per second", step: 0.0001 },
  { name: "per_request", label: "Per call", step: 0.001 },
];
const HISTORY = "-90d";

/** Sets a price for a model where it is missed, and prices what is stored with it. */
export function PriceForm({ model, provider }: { model: string; provider: string }) {
  const client = useQueryClient();
  const [prices, setPrices] = useState<Partial<Record<Field, number>>>({});
  const [isBack, setBack] = useState(true);
  const [problem, setProblem] = useState("");
  const [isSaving, setSaving] = useState(false);
  const [job, setJob] = useState("");
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (Object.keys(prices).length === 0) {
      setProblem("Fill in at least one price; 0 is one, too.");
      return;
    }
    setProblem("");
    setSaving(true);
    try {
      const name = provider ? `${provider} ${model}` : model;
      await api.PUT("/api/v1/prices/{name}", {
        params: { path: { name } },
        body: { model, provider, match: "exact", project: "", book_model: "", note: "", ...prices },
      });
      if (isBack) {
        const { data } = await api.POST("/api/v1/prices/reprice", {
          body: { from: HISTORY, to: "now", model, where: "" },
        });
        setJob(data?.id ?? "");
      }
      await client.invalidateQueries({ queryKey: ["/api/v1/prices"] });
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setSaving(false);
    }
  };
  if (job) return <Repricing id={job} />;
  return (
    <form className={css.form} onSubmit={(event) => void save(event)} aria-label={`Price of ${model}`}>
      <span className="dim">
        USD per million tokens, as on the provider's list; what a second or a call costs is added, for machines of your
        own.
      </span>
      <div className={css.prices}>
        {FIELDS.map((field, index) => (
          <NumberInput
            key={field.name}
            label={field.label}
            prefix="$"
            min={0}
            step={field.step}
            decimalScale={8}
            hideControls
            data-autofocus={index === 0 || undefined}
            value={prices[field.name] ?? ""}
            onChange={(value) =>
              setPrices((before) => {
                const next = { ...before };
                if (value === "") delete next[field.name];
                else next[field.name] = Number(value);
                return next;
              })
            }
          />
        ))}
      </div>
      <Checkbox
        label="Also price the stored calls of the last 90 days with it"
        checked={isBack}
        onChange={(event) => setBack(event.currentTarget.checked)}
      />
      {problem && (
        <Text size="sm" className="bad" role="alert">
          {problem}
        </Text>
      )}
      <Group gap="sm">
        <Button type="submit" loading={isSaving}>
          Set the price
        </Button>
        <span className="dim">New calls use it at once.</span>
      </Group>
    </form>
  );
}

const POLL_MS = 1000;

/** How far pricing history again has come; when it is done, the page asks anew. */
function Repricing({ id }: { id: string }) {
  const client = useQueryClient();
  const asked = useGet(
    "/api/v1/prices/reprice/{job_id}",
    { path: { job_id: id } },
    { refetchInterval: ({ state }) => (isOpen(state.data?.state) ? POLL_MS : false), staleTime: 0 },
  );
  const job = asked.data;
  if (asked.error)
    return (
      <Text size="sm" className="bad" role="alert">
        {asked.error.message}
      </Text>
    );
  const isDone = job !== undefined && !isOpen(job.state);
  return (
    <div className={css.form} role="status">
      <Progress value={(job?.progress ?? 0) * 100} aria-label="Progress of re-pricing" animated={!isDone} />
      <span>
        {!job || !isDone
          ? `Pricing history again: ${percent(job?.progress ?? 0)}`
          : job.state === "done"
            ? `Done: ${count(job.changed)} calls now have a cost, ${money(job.cost_after)} in all.`
            : `It was ${job.state}. ${job.error}`}
      </span>
      {isDone && (
        <Group>
          <Button
            size="compact-xs"
            onClick={() =>
              void client.invalidateQueries({
                predicate: ({ queryKey }) => !String(queryKey[0]).startsWith("/api/v1/prices/reprice"),
              })
            }
          >
            Show the new costs
          </Button>
        </Group>
      )}
    </div>
  );
}

function isOpen(state: string | undefined): boolean {
  return state === undefined || state === "waiting" || state === "running";
}
