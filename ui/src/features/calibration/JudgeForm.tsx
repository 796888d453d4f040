import { Button, Checkbox, Group, Modal, NumberInput, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { seatAfter, votesOf, type Seat } from "./panel";
import { PanelField } from "./PanelField";

type Judge = Schemas["JudgeAnswer"];
type Vote = "majority" | "mean";
/** What takes a limit away. */
const NO_LIMIT = -1;
const VOTES = [
  { value: "majority", label: "What most votes say" },
  { value: "mean", label: "The mean of the votes' scores" },
];

/** A judge of one model, or a panel of several that vote; before: the one that is changed. */
export function JudgeForm({ before, onClose }: { before?: Judge; onClose: () => void }) {
  const rubrics = useGet("/api/v1/judges/rubrics");
  const endpoints = useGet("/api/v1/judges/endpoints");
  const [name, setName] = useState(before?.name ?? "");
  const [rubric, setRubric] = useState(before?.rubric ?? "groundedness");
  const [criteria, setCriteria] = useState(before?.criteria ?? "");
  const [panel, setPanel] = useState<Seat[]>(before?.panel ?? [seatAfter([])]);
  const [vote, setVote] = useState<Vote>(before?.vote === "mean" ? "mean" : "majority");
  const [repeats, setRepeats] = useState<number | string>(before?.repeats ?? 1);
  const [limit, setLimit] = useState<number | string>(before ? (before.usd_per_day ?? "") : 1);
  const [isPaused, pause] = useState(before?.is_paused ?? false);
  const chosen = rubrics.data?.items.find((one) => one.name === rubric);
  const { votes, mayTie } = votesOf(panel, Number(repeats) || 1);
  const keep = useChange(
    async () => {
      const body = { rubric, criteria, panel, vote, repeats: Number(repeats) || 1, is_paused: isPaused };
      const usd_per_day = limit === "" ? NO_LIMIT : Number(limit);
      if (!before) return (await api.POST("/api/v1/judges", { body: { ...body, name, usd_per_day } })).data!;
      const path = { judge: before.id };
      return (await api.PATCH("/api/v1/judges/{judge}", { params: { path }, body: { ...body, usd_per_day } })).data!;
    },
    {
      touches: ["/api/v1/judges", "/api/v1/evaluators", "/api/v1/calibration"],
      done: (made) => `Judge “${made.name}” kept, version ${made.version}`,
      then: onClose,
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(undefined);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={before ? `Change “${before.name}”` : "New judge"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            description={`Rules call it judge:${name || "name"}`}
            required
            data-autofocus={before === undefined || undefined}
            disabled={before !== undefined}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <Select
            label="Rubric"
            searchable
            data={rubrics.data?.items.map((one) => one.name) ?? []}
            value={rubric}
            allowDeselect={false}
            description={chosen?.summary}
            onChange={(value) => setRubric(value ?? "custom")}
          />
          <Textarea
            label={rubric === "custom" ? "Criteria" : "Criteria of your own, in place of the rubric's question"}
            required={rubric === "custom"}
            autosize
            minRows={2}
            placeholder={chosen?.question}
            value={criteria}
            onChange={(e) => setCriteria(e.currentTarget.value)}
          />
          <PanelField panel={panel} endpoints={endpoints.data?.items.map((one) => one.name)} onChange={setPanel} />
          <Group grow align="start">
            <NumberInput
              label="Votes of each"
              min={1}
              max={15}
              allowDecimal={false}
              value={repeats}
              onChange={setRepeats}
            />
            <NumberInput label="Most a day, USD" min={0} value={limit} onChange={setLimit} placeholder="no limit" />
          </Group>
          {votes > 1 && (
            <>
              <Select
                label="Verdict"
                data={VOTES}
                value={vote}
                allowDeselect={false}
                onChange={(value) => setVote(value === "mean" ? "mean" : "majority")}
              />
              <Text size="sm" c="dimmed">
                Up to {votes} calls for each judgement; none is made once it could not change the majority.
                {mayTie && vote === "majority" && " An even number of votes may tie: take an odd one."}
              </Text>
            </>
          )}
          {before && (
            <>
              <Checkbox
                label="Paused: it judges nothing"
                checked={isPaused}
                onChange={(event) => pause(event.currentTarget.checked)}
              />
              <Text size="sm" c="dimmed">
                A change of what it may say makes version {before.version + 1}; its scores so far stay those of version{" "}
                {before.version}.
              </Text>
            </>
          )}
          {keep.error && <Failed error={keep.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={keep.isPending}>
              Keep
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
