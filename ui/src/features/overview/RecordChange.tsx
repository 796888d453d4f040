import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import type { Schemas } from "@/api/hooks";
import { BadRange, parseRange } from "@/lib/time";

type Kind = NonNullable<Schemas["NewChange"]["kind"]>;
const KINDS: Kind[] = ["release", "prompt", "model", "routing", "index", "config", "other"];
const BLANK = { kind: "release" as Kind, name: "", before: "", after: "", service: "", note: "", url: "", time: "" };

/** A form that tells of a change. */
export function RecordChange({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(BLANK);
  const [problem, setProblem] = useState("");
  const [isSaving, setSaving] = useState(false);
  const put = (name: keyof typeof BLANK) => ({
    value: draft[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setDraft((before) => ({ ...before, [name]: value }));
    },
  });
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setProblem("");
    setSaving(true);
    const { service, time, ...rest } = draft;
    try {
      const scope: Record<string, string> = service ? { service } : {};
      const body = { ...rest, scope, time: time ? momentOf(time) : "now" };
      await api.POST("/api/v1/changes", { body });
      await client.invalidateQueries({ queryKey: ["/api/v1/changes"] });
      setDraft(BLANK);
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setSaving(false);
    }
  };
  return (
    <Modal opened={opened} onClose={onClose} title="Record a change">
      <form onSubmit={(event) => void save(event)}>
        <Stack gap="sm">
          <Group grow align="start">
            <Select
              label="Kind"
              data={KINDS}
              value={draft.kind}
              allowDeselect={false}
              onChange={(kind) => setDraft((before) => ({ ...before, kind: kind as Kind }))}
            />
            <TextInput label="What" placeholder="checkout" required data-autofocus {...put("name")} />
          </Group>
          <Group grow>
            <TextInput label="Before" placeholder="1.4" {...put("before")} />
            <TextInput label="After" placeholder="1.5" {...put("after")} />
          </Group>
          <Group grow align="start">
            <TextInput label="Service" description="If it concerns only one" {...put("service")} />
            <TextInput label="When" description="Empty: now" placeholder="10m ago, 14:30" {...put("time")} />
          </Group>
          <TextInput label="Note" {...put("note")} />
          <TextInput label="Link" placeholder="https://" type="url" {...put("url")} />
          {problem && (
            <Text size="sm" className="bad" role="alert">
              {problem}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            Pipelines record changes by POST /api/v1/changes.
          </Text>
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isSaving}>
              Record
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** A moment from words: the beginning of the range they would name. */
function momentOf(text: string): string {
  try {
    return parseRange(text.replace(/\s*ago$/i, "")).from;
  } catch (error) {
    if (error instanceof BadRange) throw new Error(`When: write 14:30, 2026-11-19 14:30 or 10m ago, not "${text}".`);
    throw error;
  }
}
