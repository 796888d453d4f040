import { Button, NumberInput, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { Panel } from "@/design/PageFrame";
import { count, money } from "@/lib/format";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Told = Schemas["ExplanationAnswer"];

const TOKENS = [
  { id: "input_tokens", label: "Input tokens", about: "Cached ones included." },
  { id: "cached_input_tokens", label: "of these cached", about: "" },
  { id: "output_tokens", label: "Output tokens", about: "Reasoning included." },
] as const;

/** What a call would cost, and why. Nothing is stored. */
export function TryPrice({ model: begin }: { model: string }) {
  const [model, setModel] = useState(begin);
  const [provider, setProvider] = useState("");
  const [tokens, setTokens] = useState<Record<string, number | string>>({
    input_tokens: 1000,
    cached_input_tokens: "",
    output_tokens: 500,
  });
  const [seconds, setSeconds] = useState<number | string>("");
  const explain = useMutation<Told, Error>({
    mutationFn: async () => {
      const given = Object.fromEntries(
        Object.entries(tokens).flatMap(([id, value]) => (typeof value === "number" ? [[id, value]] : [])),
      );
      const { data } = await api.POST("/api/v1/prices/explain", {
        body: {
          request_model: model.trim(),
          provider: provider.trim(),
          duration_ms: Number(seconds || 0) * 1000,
          ...given,
        } as Schemas["CallFields"],
      });
      return data!;
    },
  });
  return (
    <Panel title="What would a call cost?">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          explain.mutate();
        }}
      >
        <div
          className={css.form}
          style={{ alignItems: "end", gridTemplateColumns: "repeat(auto-fit, minmax(118px, 1fr))" }}
        >
          <TextInput
            label="Model"
            required
            placeholder="gpt-4.1"
            value={model}
            onChange={(event) => setModel(event.currentTarget.value)}
          />
          <TextInput
            label="Provider"
            placeholder="any"
            value={provider}
            onChange={(event) => setProvider(event.currentTarget.value)}
          />
          {TOKENS.map(({ id, label }) => (
            <NumberInput
              key={id}
              label={label}
              min={0}
              allowDecimal={false}
              thousandSeparator=","
              value={tokens[id]}
              onChange={(value) => setTokens((before) => ({ ...before, [id]: value }))}
            />
          ))}
          <NumberInput label="Seconds" min={0} value={seconds} onChange={setSeconds} />
          <Button type="submit" loading={explain.isPending} disabled={!model.trim()}>
            Price it
          </Button>
        </div>
      </form>
      {explain.error && <Failed error={explain.error} />}
      {explain.data && <Explanation told={explain.data} />}
    </Panel>
  );
}

function Explanation({ told }: { told: Told }) {
  const isPriced = told.cost.total !== null;
  return (
    <div style={{ marginTop: 14 }} aria-live="polite" data-testid="explanation">
      <Text fw={620} size="lg" className={isPriced ? "num" : "warn"}>
        {isPriced ? money(told.cost.total, true) : "Unpriced: nobody knows what this call costs"}
      </Text>
      <Text size="sm" c="dimmed">
        {[told.tariff, ...told.reasons].filter(Boolean).join("; ")}
      </Text>
      {told.lines.length > 0 && (
        <div style={{ marginTop: 8 }}>
          <Rows
            label="How the cost comes about"
            rows={told.lines}
            keyOf={(line) => line.item}
            columns={[
              { title: "For", cell: (line) => line.item.replace(/_/g, " ") },
              { title: "Quantity", isNumber: true, cell: (line) => count(line.quantity, true) },
              { title: "Price", isNumber: true, cell: (line) => `${money(line.unit_price, true)} per ${line.per}` },
              { title: "Amount", isNumber: true, cell: (line) => money(line.amount_usd, true) },
            ]}
          />
        </div>
      )}
    </div>
  );
}
