import { Button, Group, Modal, NumberInput, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { Failed } from "@/design/Async";

const KINDS = [
  { value: "openai", label: "OpenAI's protocol (vLLM, Ollama, LiteLLM, Azure …)" },
  { value: "anthropic", label: "Anthropic's protocol" },
];

/** Names a model server. The key is written once and never shown again. */
export function EndpointForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"openai" | "anthropic">("openai");
  const [url, setUrl] = useState("");
  const [key, setKey] = useState("");
  const [limit, setLimit] = useState<number | string>("");
  const make = useChange(
    async () =>
      api.POST("/api/v1/judges/endpoints", {
        body: { name, kind, url, api_key: key, usd_per_day: limit === "" ? null : Number(limit) },
      }),
    { touches: ["/api/v1/judges"], done: `Endpoint “${name}” kept`, then: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined);
  };
  return (
    <Modal opened onClose={onClose} title="New endpoint">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            required
            data-autofocus
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <Select
            label="Protocol"
            data={KINDS}
            value={kind}
            allowDeselect={false}
            onChange={(value) => setKind(value === "anthropic" ? "anthropic" : "openai")}
          />
          <TextInput
            label="Address"
            required
            placeholder={kind === "openai" ? "https://api.openai.com/v1" : "https://api.anthropic.com"}
            value={url}
            onChange={(e) => setUrl(e.currentTarget.value)}
          />
          <PasswordInput
            label="Key"
            description="Kept encrypted, never shown again"
            value={key}
            onChange={(e) => setKey(e.currentTarget.value)}
            autoComplete="off"
          />
          <NumberInput
            label="Most that all its judges may spend in a day, USD"
            min={0}
            value={limit}
            onChange={setLimit}
            placeholder="no limit"
          />
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
