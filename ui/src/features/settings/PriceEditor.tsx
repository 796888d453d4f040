import { Button, Group, Modal, NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { useChange } from "@/api/change";
import { CLASSES, type PriceDraft } from "./price";
import css from "./Settings.module.css";

type Fields = Schemas["PriceFields"];
type Way = "tokens" | "machine" | "discount";
type Numbers = Record<string, number | string>;

const AMOUNTS = [...CLASSES.map(({ id }) => id), "per_second", "per_request", "book_factor"] as const;

function wayOf(draft: PriceDraft): Way {
  if (draft.book_factor !== null && draft.book_factor !== undefined) return "discount";
  return draft.per_second ? "machine" : "tokens";
}

/** Makes or changes a price of your own. */
export function PriceEditor({ draft, onClose }: { draft: PriceDraft; onClose: () => void }) {
  const isNew = !draft.id;
  const projects = useGet("/api/v1/projects");
  const [name, setName] = useState(draft.name ?? draft.model ?? "");
  const [text, setText] = useState({
    model: draft.model ?? "",
    match: draft.match ?? "exact",
    provider: draft.provider ?? "",
    project: draft.project ?? "",
    valid_from: (draft.valid_from ?? "").slice(0, 10),
    valid_to: (draft.valid_to ?? "").slice(0, 10),
    book_model: draft.book_model ?? "",
    note: draft.note ?? "",
  });
  const [way, setWay] = useState<Way>(wayOf(draft));
  const [numbers, setNumbers] = useState<Numbers>(() => Object.fromEntries(AMOUNTS.map((id) => [id, draft[id] ?? ""])));
  const write = (changed: Partial<typeof text>) => setText((before) => ({ ...before, ...changed }));
  const save = useChange(
    async () => {
      const body = fieldsOf(text, numbers, way);
      if (isNew) await api.POST("/api/v1/prices", { body: { ...body, name: name.trim() } });
      else await api.PUT("/api/v1/prices/{name}", { params: { path: { name: draft.id ?? name } }, body });
    },
    { touches: ["/api/v1/prices", "/api/v1/audit"], done: "Price saved: new calls use it at once", then: onClose },
  );
  const amount = (id: string, label: string, description?: string) => (
    <NumberInput
      key={id}
      label={label}
      description={description}
      prefix={id === "book_factor" ? "" : "$"}
      min={0}
      value={numbers[id]}
      onChange={(value) => setNumbers((before) => ({ ...before, [id]: value }))}
    />
  );
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={isNew ? "New price" : `Price ${draft.name ?? ""}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <div className={css.form}>
            {isNew && (
              <TextInput
                label="Name"
                description="Shown as the source of a cost."
                required
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                data-autofocus
              />
            )}
            <TextInput
              label="Model"
              description="As calls name it, in any case."
              required
              value={text.model}
              onChange={(event) => write({ model: event.currentTarget.value })}
            />
            <Select
              label="Compared"
              description="How the name is compared."
              data={[
                { value: "exact", label: "exactly" },
                { value: "glob", label: "as a pattern with *" },
                { value: "regex", label: "as a regular expression" },
              ]}
              value={text.match}
              onChange={(match) => match && write({ match: match as Fields["match"] & string })}
              allowDeselect={false}
            />
            <TextInput
              label="Provider"
              placeholder="any"
              value={text.provider}
              onChange={(event) => write({ provider: event.currentTarget.value })}
            />
            <Select
              label="Project"
              data={[{ value: "", label: "all" }, ...(projects.data?.items.map((project) => project.name) ?? [])]}
              value={text.project}
              onChange={(project) => write({ project: project ?? "" })}
              allowDeselect={false}
            />
            <TextInput
              label="From day"
              type="date"
              value={text.valid_from}
              onChange={(event) => write({ valid_from: event.currentTarget.value })}
            />
            <TextInput
              label="Up to day"
              type="date"
              value={text.valid_to}
              onChange={(event) => write({ valid_to: event.currentTarget.value })}
            />
          </div>
          <SegmentedControl
            aria-label="Kind of price"
            data={[
              { value: "tokens", label: "Per million tokens" },
              { value: "machine", label: "Own machine" },
              { value: "discount", label: "Discount on the book" },
            ]}
            value={way}
            onChange={(value) => setWay(value as Way)}
          />
          {way === "tokens" && (
            <>
              <div className={css.form}>
                {CLASSES.map(({ id, label }) => amount(id, label))}
                {amount("per_request", "Per call")}
              </div>
              <Text size="xs" c="dimmed">
                USD per million tokens. A class left empty costs what “Input” or “Output” does.
              </Text>
            </>
          )}
          {way === "machine" && (
            <div className={css.form}>
              {amount("per_second", "Per second", "USD per second of the call.")}
              {amount("per_request", "Per call", "USD for each call.")}
            </div>
          )}
          {way === "discount" && (
            <div className={css.form}>
              {amount("book_factor", "Factor", "0.8 is 20 % off.")}
              <TextInput
                label="Model in the book"
                description="Empty: the call's own."
                placeholder="provider:model"
                value={text.book_model}
                onChange={(event) => write({ book_model: event.currentTarget.value })}
              />
            </div>
          )}
          <TextInput label="Note" value={text.note} onChange={(event) => write({ note: event.currentTarget.value })} />
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!text.model.trim() || (isNew && !name.trim())}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const OF_WAY: Record<Way, readonly string[]> = {
  tokens: [...CLASSES.map(({ id }) => id), "per_request"],
  machine: ["per_second", "per_request"],
  discount: ["book_factor"],
};

function fieldsOf(text: { [name: string]: string }, numbers: Numbers, way: Way): Fields {
  const amounts = Object.fromEntries(
    OF_WAY[way].flatMap((id) => (typeof numbers[id] === "number" ? [[id, numbers[id]]] : [])),
  );
  return {
    model: text.model!.trim(),
    match: text.match as Fields["match"],
    provider: text.provider!.trim(),
    project: text.project,
    note: text.note,
    valid_from: text.valid_from ? `${text.valid_from}T00:00:00Z` : null,
    valid_to: text.valid_to ? `${text.valid_to}T00:00:00Z` : null,
    book_model: way === "discount" ? text.book_model!.trim() : "",
    ...amounts,
  } as Fields;
}
