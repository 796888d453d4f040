import { Button, Group, Modal, NumberInput, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";

const KINDS = [
  { value: "openai", label: "OpenAI's protocol (vLLM, Ollama, LiteLLM, Azure …)" },
  { value: "anthropic", label: "Anthropic's protocol" },
];
/** What takes a limit away. */
const NO_LIMIT = -1;

/** Names a model server, or changes one. The key is written once and never shown again. */
export function EndpointForm({ before, onClose }: { before?: Schemas["EndpointAnswer"]; onClose: () => void }) {
  const [name, setName] = useState(before?.name ?? "");
  const [kind, setKind] = useState<"openai" | "anthropic">(before?.kind === "anthropic" ? "anthropic" : "openai");
  const [url, setUrl] = useState(before?.url ?? "");
  const [key, setKey] = useState("");
  const [limit, setLimit] = useState<number | string>(before?.usd_per_day ?? "");
  const isMoved = before !== undefined && url !== before.url && before.api_key !== "";
  const keep = useChange(
    async () => {
      const usd_per_day = limit === "" ? (before ? NO_LIMIT : null) : Number(limit);
      if (!before)
        return (await api.POST("/api/v1/judges/endpoints", { body: { name, kind, url, api_key: key, usd_per_day } }))
          .data!;
      return (
        await api.PATCH("/api/v1/judges/endpoints/{endpoint}", {
          params: { path: { endpoint: before.id } },
          body: { name, kind, url, usd_per_day, ...(key ? { api_key: key } : {}) },
        })
      ).data!;
    },
    { touches: ["/api/v1/judges"], done: `Endpoint “${name}” kept`, then: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(undefined);
  };
  const users = before?.used_by ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      title={before ? `Change “${before.name}”` : "New endpoint"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            required
            data-autofocus={users.length === 0 || undefined}
            disabled={users.length > 0}
            description={users.length > 0 ? `Judges know it by its name: ${users.join(", ")}` : undefined}
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
            required={isMoved}
            description={
              isMoved
                ? "A key is not sent to another address unasked: write it again"
                : before?.api_key
                  ? "There is one; leave this empty to keep it"
                  : "Kept encrypted, never shown again"
            }
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
