import { Button, Group, Modal, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { utcOffset } from "@/lib/time";
import css from "./objectives.module.css";

type Budget = Schemas["BudgetAnswer"];
type Period = Budget["period"];
const PERIODS: Period[] = ["day", "week", "month"];
const FIELDS = ["team", "feature", "tenant", "user", "service", "model", "provider", "environment"];

/** A new budget, or another state of one there is. */
export function BudgetForm({ before, onClose }: { before: Budget | null; onClose: () => void }) {
  const [[field, value]] = [Object.entries(before?.scope ?? {})[0] ?? ["", ""]].map(
    (one) => one as [string, string],
  ) as [[string, string]];
  const [name, setName] = useState(before?.name ?? "");
  const [limit, setLimit] = useState<number | string>(before?.limit_usd ?? "");
  const [period, setPeriod] = useState<Period>(before?.period ?? "month");
  const [scoped, setScoped] = useState(field);
  const [of, setOf] = useState(value);
  const [team, setTeam] = useState(before?.team ?? "");
  const isWide = Object.keys(before?.scope ?? {}).length > 1;
  const save = useChange(
    async () => {
      const scope: Record<string, string> = isWide ? before!.scope! : scoped ? { [scoped]: of.trim() || "*" } : {};
      const body = { name: name.trim(), limit_usd: Number(limit), period, scope, team: team.trim() };
      if (before) await api.PATCH("/api/v1/budgets/{budget_id}", { params: { path: { budget_id: before.id } }, body });
      else
        await api.POST("/api/v1/budgets", {
          body: { ...body, offset: utcOffset(), alert_at: [0.5, 0.8, 1], description: "" },
        });
    },
    { touches: ["/api/v1/budgets"], done: `“${name.trim()}” is kept; it is looked at every minute`, then: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={before ? `Change “${before.name}”` : "New budget"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            data-autofocus
            placeholder="Teams"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <div className={css.fields}>
            <NumberInput
              label="Limit"
              required
              prefix="$"
              min={0.01}
              decimalScale={4}
              value={limit}
              onChange={setLimit}
            />
            <Select
              label="Each"
              data={PERIODS}
              value={period}
              allowDeselect={false}
              onChange={(chosen) => setPeriod(chosen as Period)}
            />
          </div>
          {isWide ? (
            <div className="dim">Its scope has several fields: change it over the API.</div>
          ) : (
            <div className={css.fields}>
              <Select
                label="Scope"
                placeholder="everything"
                data={FIELDS}
                value={scoped || null}
                clearable
                onChange={(chosen) => setScoped(chosen ?? "")}
              />
              <TextInput
                label="Value"
                description="Empty: each has the limit"
                disabled={!scoped}
                value={of === "*" ? "" : of}
                onChange={(event) => setOf(event.currentTarget.value)}
              />
            </div>
          )}
          <TextInput
            label="Team"
            description="For the routing of notifications"
            value={team}
            onChange={(event) => setTeam(event.currentTarget.value)}
          />
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {before ? "Change it" : "Limit it"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
