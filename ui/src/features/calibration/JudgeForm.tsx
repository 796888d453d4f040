import { Button, Group, Modal, NumberInput, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { Failed } from "@/design/Async";

/** A judge of one model; panels of several are made over the API. */
export function JudgeForm({ onClose }: { onClose: () => void }) {
  const rubrics = useGet("/api/v1/judges/rubrics");
  const endpoints = useGet("/api/v1/judges/endpoints");
  const [name, setName] = useState("");
  const [rubric, setRubric] = useState("groundedness");
  const [criteria, setCriteria] = useState("");
  const [endpoint, setEndpoint] = useState<string | null>(null);
  const [model, setModel] = useState("");
  const [repeats, setRepeats] = useState<number | string>(1);
  const [limit, setLimit] = useState<number | string>(1);
  const chosen = rubrics.data?.items.find((one) => one.name === rubric);
  const make = useChange(
    async () =>
      api.POST("/api/v1/judges", {
        body: {
          name,
          rubric,
          criteria: criteria || null,
          repeats: Number(repeats) || 1,
          usd_per_day: limit === "" ? null : Number(limit),
          panel: [
            {
              endpoint: endpoint ?? "",
              model,
              temperature: 0,
              max_output_tokens: 1024,
              structured: "auto",
              params: {},
            },
          ],
        },
      }),
    { touches: ["/api/v1/judges", "/api/v1/evaluators"], done: `Judge “${name}” kept`, then: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined);
  };
  const names = endpoints.data?.items.map((one) => one.name) ?? [];
  return (
    <Modal opened onClose={onClose} title="New judge">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            description={`Rules will call it judge:${name || "name"}`}
            required
            data-autofocus
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
          <Select
            label="Endpoint"
            required
            data={names}
            value={endpoint}
            onChange={setEndpoint}
            nothingFoundMessage="Make an endpoint first"
            error={endpoints.data && names.length === 0 ? "There is none yet: make an endpoint first" : undefined}
          />
          <TextInput label="Model" required value={model} onChange={(e) => setModel(e.currentTarget.value)} />
          <Group grow>
            <NumberInput label="Votes" min={1} max={15} value={repeats} onChange={setRepeats} />
            <NumberInput label="Most a day, USD" min={0} value={limit} onChange={setLimit} placeholder="no limit" />
          </Group>
          {make.error && <Failed error={make.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Keep
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
