import {
  ActionIcon,
  Button,
  Checkbox,
  Collapse,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { FilterField } from "@/design/FilterField";
import { links } from "@/lib/links";
import { draftOf, isWhole, newDraft, readDraft, type CriterionDraft } from "./draft";

type Queue = Schemas["AnnotationQueue"];

/** Makes a queue, or changes one. */
export default function QueueForm({ queue, onClose }: { queue?: Queue; onClose: () => void }) {
  const go = useNavigate();
  const [name, setName] = useState(queue?.name ?? "");
  const [instructions, setInstructions] = useState(queue?.instructions ?? "");
  const [criteria, setCriteria] = useState<CriterionDraft[]>(queue ? queue.criteria.map(draftOf) : [newDraft()]);
  const [annotators, setAnnotators] = useState<number | string>(queue?.annotators ?? 1);
  const [lockMinutes, setLockMinutes] = useState<number | string>((queue?.lock_s ?? 900) / 60);
  const [isBlind, setBlind] = useState(queue?.is_blind ?? true);
  const [fills, setFills] = useState(Boolean(queue?.rule?.is_active));
  const [where, setWhere] = useState(queue?.rule?.where ?? "");
  const [level, setLevel] = useState<"trace" | "span">(queue?.rule?.level ?? "trace");
  const [percent, setPercent] = useState<number | string>((queue?.rule?.rate ?? 1) * 100);
  const [most, setMost] = useState<number | string>(queue?.rule?.most_waiting ?? 200);
  const [since, setSince] = useState("now");
  const rule = { where, level, rate: Number(percent) / 100, most_waiting: Number(most), is_active: fills };
  const body = {
    name: name.trim(),
    instructions,
    criteria: criteria.map(readDraft),
    annotators: Number(annotators),
    lock_s: Math.round(Number(lockMinutes) * 60),
    is_blind: isBlind,
    rule: fills || queue?.rule ? rule : null,
  };
  const keep = useChange(
    async () =>
      queue
        ? (
            await api.PATCH("/api/v1/annotations/queues/{queue_id}", {
              params: { path: { queue_id: queue.id } },
              body: since === "now" ? body : { ...body, rule_from: since },
            })
          ).data!
        : (await api.POST("/api/v1/annotations/queues", { body: { ...body, rule_from: since } })).data!,
    {
      touches: ["/api/v1/annotations"],
      done: queue ? "Queue changed" : `Queue “${name.trim()}” made`,
      then: (made) => {
        onClose();
        if (!queue) void go(links.annotation(made.id));
      },
    },
  );
  const edit = (at: number, change: Partial<CriterionDraft>) =>
    setCriteria(criteria.map((one, place) => (place === at ? { ...one, ...change } : one)));
  return (
    <Modal opened onClose={onClose} size="lg" title={queue ? `Change “${queue.name}”` : "New annotation queue"}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keep.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            maxLength={200}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label="Instructions"
            description="Markdown, shown beside every item"
            autosize
            minRows={2}
            value={instructions}
            onChange={(event) => setInstructions(event.currentTarget.value)}
          />
          {criteria.map((one, at) => (
            <CriterionFields
              key={at}
              number={at + 1}
              draft={one}
              onChange={(change) => edit(at, change)}
              onRemove={
                criteria.length > 1 ? () => setCriteria(criteria.filter((_, place) => place !== at)) : undefined
              }
            />
          ))}
          <Button
            variant="default"
            leftSection={<IconPlus size={14} />}
            style={{ alignSelf: "flex-start" }}
            onClick={() => setCriteria([...criteria, newDraft()])}
          >
            Add a question
          </Button>
          <Group grow align="end">
            <NumberInput label="People an item" min={1} max={20} value={annotators} onChange={setAnnotators} />
            <NumberInput
              label="Reserved for, minutes"
              min={0.5}
              max={1440}
              value={lockMinutes}
              onChange={setLockMinutes}
            />
          </Group>
          <Checkbox
            label="Blind: nobody sees others' answers before giving one"
            checked={isBlind}
            onChange={(event) => setBlind(event.currentTarget.checked)}
          />
          <Switch label="Fill by itself" checked={fills} onChange={(event) => setFills(event.currentTarget.checked)} />
          <Collapse expanded={fills}>
            <Stack gap="sm">
              <FilterField
                value={where}
                onApply={setWhere}
                from="-7d"
                to="now"
                label="Which spans"
                placeholder='All, or e.g. kind = "llm" and score["groundedness"] < 0.5'
              />
              <SegmentedControl
                aria-label="What is judged"
                value={level}
                onChange={(next) => setLevel(next as "trace" | "span")}
                data={[
                  { value: "trace", label: "Their traces" },
                  { value: "span", label: "The spans themselves" },
                ]}
              />
              <Group grow align="end">
                <NumberInput label="Share taken, %" min={0.01} max={100} value={percent} onChange={setPercent} />
                <NumberInput label="Stop while waiting" min={1} value={most} onChange={setMost} />
                <Select
                  label="Since when"
                  allowDeselect={false}
                  value={since}
                  onChange={(next) => setSince(next ?? "now")}
                  data={[
                    { value: "now", label: queue?.rule ? "where it is" : "from now on" },
                    { value: "-24h", label: "the past day too" },
                    { value: "-7d", label: "the past week too" },
                    { value: "-30d", label: "the past month too" },
                  ]}
                />
              </Group>
            </Stack>
          </Collapse>
          {keep.error && <Failed error={keep.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={keep.isPending} disabled={!name.trim() || !criteria.every(isWhole)}>
              {queue ? "Save" : "Make queue"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const TYPES = [
  { value: "boolean", label: "Yes or no" },
  { value: "numeric", label: "Number" },
  { value: "categorical", label: "Category" },
  { value: "text", label: "Text" },
];

function CriterionFields({
  number,
  draft,
  onChange,
  onRemove,
}: {
  number: number;
  draft: CriterionDraft;
  onChange: (change: Partial<CriterionDraft>) => void;
  onRemove?: () => void;
}) {
  return (
    <fieldset style={{ border: "1px solid var(--line)", borderRadius: 8, padding: 10, minWidth: 0 }}>
      <legend className="dim">Question {number}</legend>
      <Stack gap="xs">
        <Group align="end" gap="xs" wrap="nowrap">
          <TextInput
            label="Score"
            required
            style={{ flex: 1 }}
            maxLength={200}
            placeholder="correct"
            value={draft.name}
            onChange={(event) => onChange({ name: event.currentTarget.value })}
          />
          <Select
            label="Answered by"
            w={130}
            allowDeselect={false}
            value={draft.type}
            onChange={(type) => onChange({ type: type as CriterionDraft["type"] })}
            data={TYPES}
          />
          {onRemove && (
            <ActionIcon size="lg" aria-label={`Remove question ${number}`} onClick={onRemove}>
              <IconTrash size={15} />
            </ActionIcon>
          )}
        </Group>
        <Textarea
          label="What is asked"
          autosize
          minRows={1}
          value={draft.description}
          onChange={(event) => onChange({ description: event.currentTarget.value })}
        />
        {draft.type === "numeric" && (
          <Group grow>
            <NumberInput label="Least" value={draft.least} onChange={(least) => onChange({ least })} />
            <NumberInput label="Most" value={draft.most} onChange={(most) => onChange({ most })} />
          </Group>
        )}
        {draft.type === "categorical" && (
          <>
            <Textarea
              label="Categories"
              description="One a line; after a colon what it means"
              required
              autosize
              minRows={3}
              value={draft.choices}
              onChange={(event) => onChange({ choices: event.currentTarget.value })}
            />
            <Checkbox
              label="They are a scale, from worst to best"
              checked={draft.isOrdered}
              onChange={(event) => onChange({ isOrdered: event.currentTarget.checked })}
            />
          </>
        )}
        <Checkbox
          label="Must be answered"
          checked={draft.isRequired}
          onChange={(event) => onChange({ isRequired: event.currentTarget.checked })}
        />
      </Stack>
    </fieldset>
  );
}
