import { Button, Group, Modal, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { FilterField } from "@/design/FilterField";
import { SloTrial } from "./SloTrial";
import css from "./objectives.module.css";

type NewSlo = Schemas["NewSlo"];
type Slo = Schemas["SloAnswer"];
type Kind = NewSlo["kind"];
const KINDS: { value: Kind; label: string }[] = [
  { value: "availability", label: "Answered without an error" },
  { value: "latency", label: "Answered fast enough" },
  { value: "ttft", label: "Begins to answer fast enough" },
  { value: "quality", label: "Good enough by a score" },
  { value: "custom", label: "Matches a filter" },
];
const LONGEST_DAYS = 90;

/** A new SLO, or another state of one there is. It is tried on the past before it is kept. */
export function SloForm({
  before,
  onClose,
  onMade,
}: {
  before?: Slo;
  onClose: () => void;
  onMade: (slo: Slo) => void;
}) {
  const [name, setName] = useState(before?.name ?? "");
  const [kind, setKind] = useState<Kind>(before?.kind ?? "availability");
  const [target, setTarget] = useState<number | string>(Number(((before?.target ?? 0.99) * 100).toPrecision(8)));
  const [where, setWhere] = useState(before?.where ?? "");
  const [good, setGood] = useState(before?.good ?? "");
  const [seconds, setSeconds] = useState<number | string>((before?.threshold_ms ?? 2000) / 1000 || 2);
  const [score, setScore] = useState(before?.score ?? "");
  const [threshold, setThreshold] = useState<number | string>(before?.threshold ?? 0.7);
  const [days, setDays] = useState<number | string>(before?.period_days ?? 28);
  const [team, setTeam] = useState(before?.team ?? "");
  const [tried, setTried] = useState<NewSlo | null>(null);
  const isTimed = kind === "latency" || kind === "ttft";
  const said: NewSlo = {
    name: name.trim(),
    kind,
    target: Number(target) / 100,
    where,
    good: kind === "custom" ? good : "",
    threshold_ms: isTimed ? Number(seconds) * 1000 : 0,
    score: kind === "quality" ? score.trim() : "",
    threshold: kind === "quality" ? Number(threshold) : 0,
    period_days: Number(days),
    team: team.trim(),
    description: before?.description ?? "",
  };
  const save = useChange(
    async (): Promise<Slo> => {
      if (!before) return (await api.POST("/api/v1/slos", { body: said })).data!;
      const body: Partial<NewSlo> = { ...said };
      delete body.kind;
      return (await api.PATCH("/api/v1/slos/{slo_id}", { params: { path: { slo_id: before.id } }, body })).data!;
    },
    { touches: ["/api/v1/slos"], done: (slo) => `“${slo.name}” is kept; it is looked at every minute`, then: onMade },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={before ? `Change “${before.name}”` : "New SLO"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            data-autofocus
            placeholder="Chat answers without errors"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <div className={css.fields}>
            <Select
              label="A good answer"
              description="What counts as one"
              data={KINDS}
              value={kind}
              allowDeselect={false}
              disabled={Boolean(before)}
              onChange={(value) => setKind(value as Kind)}
            />
            <NumberInput
              label="Target"
              description="Share of good answers"
              suffix=" %"
              min={0.1}
              max={99.999}
              decimalScale={4}
              value={target}
              onChange={setTarget}
            />
            <NumberInput
              label="Period"
              description="Of the error budget"
              suffix=" days"
              min={1}
              max={LONGEST_DAYS}
              value={days}
              onChange={setDays}
            />
          </div>
          {isTimed && (
            <NumberInput
              label="Within"
              suffix=" s"
              min={0.001}
              decimalScale={3}
              value={seconds}
              onChange={setSeconds}
            />
          )}
          {kind === "quality" && (
            <div className={css.fields}>
              <TextInput
                label="Score"
                required
                placeholder="groundedness"
                value={score}
                onChange={(event) => setScore(event.currentTarget.value)}
              />
              <NumberInput label="At least" decimalScale={4} value={threshold} onChange={setThreshold} />
            </div>
          )}
          <div>
            <div className="dim">Of which spans; the roots of traces without a filter</div>
            <FilterField value={where} onApply={setWhere} from="-7d" to="now" />
          </div>
          {kind === "custom" && (
            <div>
              <div className="dim">Good are those that match</div>
              <FilterField value={good} onApply={setGood} from="-7d" to="now" />
            </div>
          )}
          <TextInput
            label="Team"
            description="For the routing of notifications"
            value={team}
            onChange={(event) => setTeam(event.currentTarget.value)}
          />
          {tried && <SloTrial slo={tried} />}
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setTried({ ...said, name: said.name || "preview" })}>
              Try on the last 8 days
            </Button>
            <Button type="submit" loading={save.isPending}>
              {before ? "Change it" : "Promise it"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
