import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmarkPlus } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { rangeName, type Range } from "@/lib/time";
import { BEFORE, choiceName, named, WEEK } from "./asking";
import css from "./drift.module.css";

interface PickerProps {
  value: string;
  onChange: (value: string) => void;
  range: Range;
  where: string;
}

/** What the current range is compared with; keeps the current range under a name, too. */
export function ReferencePicker({ value, onChange, range, where }: PickerProps) {
  const kept = useGet("/api/v1/reference-windows");
  const [isOpen, setOpen] = useState(false);
  const names = (kept.data?.items ?? []).map((one) => ({ value: named(one.name), label: one.name }));
  const data = [
    { value: BEFORE, label: "the same length before" },
    { value: WEEK, label: "the same a week earlier" },
    ...names,
  ];
  return (
    <Group gap={6} wrap="nowrap" className={css.reference}>
      <Select
        size="xs"
        aria-label="Compared with"
        leftSection={<span className="dim">vs</span>}
        data={data.some((one) => one.value === value) ? data : [...data, { value, label: choiceName(value) }]}
        value={value}
        allowDeselect={false}
        onChange={(next) => next && onChange(next)}
      />
      <AdminButton
        size="xs"
        variant="default"
        leftSection={<IconBookmarkPlus size={14} />}
        onClick={() => setOpen(true)}
      >
        Keep range
      </AdminButton>
      {isOpen && (
        <KeepRange
          range={range}
          where={where}
          onClose={() => setOpen(false)}
          onKept={(name) => {
            setOpen(false);
            onChange(named(name));
          }}
        />
      )}
    </Group>
  );
}

interface KeepProps {
  range: Range;
  where: string;
  onClose: () => void;
  onKept: (name: string) => void;
}

function KeepRange({ range, where, onClose, onKept }: KeepProps) {
  const [name, setName] = useState("");
  const keep = useChange(
    (given: string) =>
      api.POST("/api/v1/reference-windows", {
        body: { name: given, kind: "absolute", ...range, length: "", gap: "0s", release: "", where, note: "" },
      }),
    { touches: ["/api/v1/reference-windows"], done: "Kept as a reference window", then: (_, given) => onKept(given) },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(name.trim());
  };
  return (
    <Modal opened onClose={onClose} title="Keep this range as a reference">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {rangeName(range)}
            {where && `, where ${where}`}. Later ranges can be compared with it.
          </Text>
          <TextInput
            label="Name"
            placeholder="before the launch"
            required
            maxLength={200}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={keep.error?.message}
          />
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={keep.isPending} disabled={!name.trim()}>
              Keep
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
