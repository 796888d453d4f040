import {
  ActionIcon,
  Button,
  Group,
  JsonInput,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { messagesOf, templateOf, type Message } from "./template";
import css from "./prompts.module.css";

const ROLES = ["system", "user", "assistant", "placeholder"];

interface Props {
  /** The version it begins from; without one a prompt is made. */
  from?: Schemas["VersionAnswer"];
  onClose: () => void;
  onMade: (made: Schemas["VersionAnswer"]) => void;
}

/** Writes a version: text, or messages with roles. Versions are never changed, only followed. */
export function NewVersion({ from, onClose, onMade }: Props) {
  const [name, setName] = useState(from?.name ?? "");
  const [type, setType] = useState(from?.type ?? "chat");
  const [messages, setMessages] = useState<Message[]>(
    from ? messagesOf(from.template) : [{ role: "system", content: "" }],
  );
  const [config, setConfig] = useState(from ? JSON.stringify(from.config, null, 2) : "{}");
  const [why, setWhy] = useState("");
  const [labels, setLabels] = useState("");
  const parsed = objectIn(config);
  const save = useChange(
    async () => {
      const template = type === "text" ? (messages[0]?.content ?? "") : templateOf(messages);
      const { data } = await api.POST("/api/v1/prompts", {
        body: {
          name: name.trim(),
          type,
          template,
          config: parsed!,
          message: why.trim(),
          labels: labels.split(/[\s,]+/).filter(Boolean),
          only_changed: Boolean(from),
          external_id: "",
          created: "",
        },
      });
      return data!;
    },
    {
      touches: ["/api/v1/prompts", "/api/v1/audit"],
      done: (made) =>
        from?.version === made.version ? "Nothing changed" : `Version ${made.version} of “${made.name}”`,
      then: (made) => {
        onClose();
        onMade(made);
      },
    },
  );
  const set = (at: number, change: Partial<Message>) =>
    setMessages(messages.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <Modal opened onClose={onClose} size="xl" title={from ? `New version of ${from.name}` : "New prompt"}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          {!from && (
            <Group align="flex-end">
              <TextInput
                label="Name"
                required
                maxLength={200}
                style={{ flex: 1 }}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                data-autofocus
              />
              <SegmentedControl
                aria-label="Type"
                value={type}
                onChange={(value) => {
                  setType(value as typeof type);
                  setMessages([{ role: value === "text" ? "" : "system", content: messages[0]?.content ?? "" }]);
                }}
                data={[
                  { value: "chat", label: "Messages" },
                  { value: "text", label: "Text" },
                ]}
              />
            </Group>
          )}
          {messages.map((message, at) => (
            <div key={at} className={type === "text" ? undefined : css.editor}>
              {type !== "text" && (
                <Select
                  aria-label={`Role of message ${at + 1}`}
                  allowDeselect={false}
                  data={[...new Set([...ROLES, message.role])]}
                  value={message.role}
                  onChange={(role) => set(at, { role: role ?? "user" })}
                />
              )}
              <Textarea
                aria-label={type === "text" ? "Text" : `Text of message ${at + 1}`}
                placeholder={message.role === "placeholder" ? "history" : "Answer {{question}} briefly."}
                autosize
                minRows={type === "text" ? 8 : 3}
                maxRows={22}
                value={message.content}
                onChange={(event) => set(at, { content: event.currentTarget.value })}
              />
              {type !== "text" && (
                <ActionIcon
                  aria-label={`Remove message ${at + 1}`}
                  disabled={messages.length === 1}
                  onClick={() => setMessages(messages.filter((_, index) => index !== at))}
                >
                  <IconTrash size={15} />
                </ActionIcon>
              )}
            </div>
          ))}
          {type !== "text" && (
            <Group>
              <Button
                variant="default"
                size="xs"
                leftSection={<IconPlus size={14} />}
                onClick={() => setMessages([...messages, { role: "user", content: "" }])}
              >
                Message
              </Button>
            </Group>
          )}
          <JsonInput
            label="Config"
            description="Model, temperature and whatever else belongs to it."
            autosize
            minRows={2}
            maxRows={12}
            value={config}
            onChange={setConfig}
            error={parsed ? null : "Write a JSON object, e.g. {“temperature”: 0.2}"}
          />
          <Group grow>
            <TextInput
              label="Why"
              placeholder="Shorter answers"
              value={why}
              maxLength={1000}
              onChange={(event) => setWhy(event.currentTarget.value)}
            />
            <TextInput
              label="Labels"
              placeholder="staging"
              value={labels}
              onChange={(event) => setLabels(event.currentTarget.value)}
            />
          </Group>
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={!name.trim() || !parsed || messages.every((one) => !one.content.trim())}
            >
              Save version
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text || "{}");
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
