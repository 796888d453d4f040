import { ActionIcon, Button, Fieldset, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { seatAfter, type Seat } from "./panel";

const MOST = 9;

/** The members of a judge's panel: which model at which endpoint. */
export function PanelField({
  panel,
  endpoints,
  onChange,
}: {
  panel: Seat[];
  /** Names; undefined while they are asked for. */
  endpoints: string[] | undefined;
  onChange: (panel: Seat[]) => void;
}) {
  const put = (at: number, change: Partial<Seat>) =>
    onChange(panel.map((seat, place) => (place === at ? { ...seat, ...change } : seat)));
  return (
    <Fieldset legend={panel.length > 1 ? `Panel of ${panel.length}` : "Who judges"}>
      <Stack gap="md">
        {panel.map((seat, at) => (
          <Stack key={at} gap={6} role="group" aria-label={`Member ${at + 1}`}>
            <Group gap="xs" align="end" wrap="nowrap">
              <Select
                label="Endpoint"
                required
                style={{ flex: 1 }}
                data={endpoints ?? []}
                value={seat.endpoint || null}
                onChange={(endpoint) => put(at, { endpoint: endpoint ?? "" })}
                nothingFoundMessage="Make an endpoint first"
                error={endpoints?.length === 0 ? "There is none yet: make an endpoint first" : undefined}
              />
              <TextInput
                label="Model"
                required
                style={{ flex: 1 }}
                value={seat.model}
                onChange={(event) => put(at, { model: event.currentTarget.value })}
              />
              {panel.length > 1 && (
                <ActionIcon
                  variant="default"
                  size={30}
                  aria-label={`Remove ${seat.model || `member ${at + 1}`}`}
                  onClick={() => onChange(panel.filter((_, place) => place !== at))}
                >
                  <IconTrash size={15} />
                </ActionIcon>
              )}
            </Group>
            <Prices
              input={seat.input_usd}
              output={seat.output_usd}
              onChange={(input_usd, output_usd) => put(at, { input_usd, output_usd })}
            />
          </Stack>
        ))}
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          disabled={panel.length >= MOST}
          style={{ alignSelf: "start" }}
          onClick={() => onChange([...panel, seatAfter(panel)])}
        >
          Another member
        </Button>
      </Stack>
    </Fieldset>
  );
}

type Price = number | null | undefined;

/** What a million tokens cost; without them the price book says it. A limit holds only where a price is known. */
export function Prices({
  input,
  output,
  onChange,
}: {
  input: Price;
  output: Price;
  onChange: (input: Price, output: Price) => void;
}) {
  const read = (value: number | string) => (value === "" ? null : Number(value));
  return (
    <Group gap="xs" grow>
      <NumberInput
        size="xs"
        label="USD per million tokens in"
        placeholder="the price book's"
        min={0}
        hideControls
        value={input ?? ""}
        onChange={(value) => onChange(read(value), output)}
      />
      <NumberInput
        size="xs"
        label="USD per million tokens out"
        placeholder="the price book's"
        min={0}
        hideControls
        value={output ?? ""}
        onChange={(value) => onChange(input, read(value))}
      />
    </Group>
  );
}
