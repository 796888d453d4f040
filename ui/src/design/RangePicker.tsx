import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconCalendarTime, IconChevronLeft, IconChevronRight, IconZoomOut } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { useRange } from "@/lib/address";
import { BadRange, millisOf, parseRange, rangeName, useZone, zoneName, type Range } from "@/lib/time";

const PRESETS = ["15m", "1h", "6h", "24h", "3d", "7d", "14d", "30d", "90d"];

/** The one global time range: free text, presets, and steps to either side. */
export function RangePicker() {
  const [range, setRange] = useRange();
  const [isOpen, setOpen] = useState(false);
  useZone();
  const step = (by: number) => setRange(shifted(range, by));
  useShortcuts(
    useMemo(() => [{ keys: "t", does: "Choose the time range", where: "Everywhere", run: () => setOpen(true) }], []),
  );
  return (
    <Group gap={2} wrap="nowrap">
      <Tooltip label="Earlier">
        <ActionIcon aria-label="Earlier" onClick={() => step(-1)}>
          <IconChevronLeft size={16} />
        </ActionIcon>
      </Tooltip>
      <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus shadow="md" withinPortal>
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<IconCalendarTime size={15} />}
            onClick={() => setOpen(!isOpen)}
            aria-label={`Time range: ${rangeName(range)}`}
          >
            {rangeName(range)}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Choice
            range={range}
            onChoose={(next) => {
              setRange(next);
              setOpen(false);
            }}
          />
        </Popover.Dropdown>
      </Popover>
      <Tooltip label="Later">
        <ActionIcon aria-label="Later" disabled={range.to === "now"} onClick={() => step(1)}>
          <IconChevronRight size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Twice as long">
        <ActionIcon aria-label="Twice as long" onClick={() => setRange(widened(range))}>
          <IconZoomOut size={16} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

function Choice({ range, onChoose }: { range: Range; onChoose: (range: Range) => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const take = (written: string) => {
    try {
      onChoose(parseRange(written));
    } catch (error) {
      if (!(error instanceof BadRange)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <Stack gap="xs" w={300}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          take(text);
        }}
      >
        <TextInput
          data-autofocus
          label="Time range"
          placeholder="25m, 3d, today, 2026-11-19 10:00 to 12:30"
          value={text}
          error={problem}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setProblem("");
          }}
        />
      </form>
      <Group gap={4}>
        {PRESETS.map((preset) => (
          <Button
            key={preset}
            size="compact-xs"
            variant={range.from === `-${preset}` ? "light" : "default"}
            onClick={() => take(preset)}
          >
            {preset}
          </Button>
        ))}
        <Button size="compact-xs" variant="default" onClick={() => take("today")}>
          today
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => take("yesterday")}>
          yesterday
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        Times in {zoneName()}. Dragging over any chart chooses its range.
      </Text>
    </Stack>
  );
}

function shifted(range: Range, by: number): Range {
  const from = millisOf(range.from);
  const to = millisOf(range.to);
  const length = to - from;
  const end = Math.min(Date.now(), to + by * length);
  return { from: new Date(end - length).toISOString(), to: new Date(end).toISOString() };
}

function widened(range: Range): Range {
  const found = /^-(\d+(?:\.\d+)?)(s|m|h|d|w)$/.exec(range.from);
  if (found && range.to === "now") return { from: `-${Number(found[1]) * 2}${found[2]}`, to: "now" };
  const from = millisOf(range.from);
  const to = millisOf(range.to);
  const half = (to - from) / 2;
  return { from: new Date(from - half).toISOString(), to: new Date(Math.min(Date.now(), to + half)).toISOString() };
}
