import { Button, Group, NumberInput, Select, Stack, Switch, TextInput } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed, Loading } from "@/design/Async";
import { FilterField } from "@/design/FilterField";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { links } from "@/lib/links";
import { Choices } from "./Choices";
import { Preview } from "./Preview";
import { SamplingForm } from "./SamplingForm";
import { bodyOf, fresh, type Evaluator, type RuleBody } from "./words";
import css from "./evaluators.module.css";

const TRIED_FROM = "-7d";
const LEVELS = [
  { value: "trace", label: "whole traces" },
  { value: "span", label: "single spans" },
  { value: "session", label: "sessions" },
];

/** A rule: what is scored, by what, how much of it; tried on real traces before it is in force. */
export default function RuleForm() {
  const { ruleId } = useParams();
  const evaluators = useGet("/api/v1/evaluators");
  return (
    <PageFrame title={ruleId ? "Change rule" : "New rule"}>
      <Async of={evaluators} height={300}>
        {({ items }) => (ruleId ? <Changed ruleId={ruleId} evaluators={items} /> : <Begun evaluators={items} />)}
      </Async>
    </PageFrame>
  );
}

function Begun({ evaluators }: { evaluators: Evaluator[] }) {
  const [wanted] = useParam("evaluator");
  return <Form begin={fresh(evaluators, wanted)} evaluators={evaluators} />;
}

function Changed({ ruleId, evaluators }: { ruleId: string; evaluators: Evaluator[] }) {
  const rule = useGet("/api/v1/evaluations/rules/{rule_id}", { path: { rule_id: ruleId } });
  return (
    <Async of={rule} height={300}>
      {(found) => <Form begin={bodyOf(found)} ruleId={ruleId} evaluators={evaluators} />}
    </Async>
  );
}

function Form({ begin, ruleId, evaluators }: { begin: RuleBody; ruleId?: string; evaluators: Evaluator[] }) {
  const [body, setBody] = useState(begin);
  const [filter, setFilter] = useState<"applied" | "written" | "wrong">("applied");
  const go = useNavigate();
  const set = (changes: Partial<RuleBody>) => setBody((before) => ({ ...before, ...changes }));
  const tried = useMutation<Schemas["EvaluatorTrialAnswer"], Error, RuleBody>({
    mutationFn: async (rule) =>
      (
        await api.POST("/api/v1/evaluators/preview", {
          body: { rule: { ...rule, name: rule.name || "preview" }, from: TRIED_FROM, to: "now", count: 10, ids: [] },
        })
      ).data!,
  });
  const save = useChange(
    async () =>
      ruleId
        ? (await api.PUT("/api/v1/evaluations/rules/{rule_id}", { params: { path: { rule_id: ruleId } }, body })).data!
        : (await api.POST("/api/v1/evaluations/rules", { body })).data!,
    {
      touches: ["/api/v1/evaluations"],
      done: (rule) => (ruleId ? `“${rule.name}” is changed` : `“${rule.name}” scores what is complete from now on`),
      then: (rule) => void go(links.rule(rule.id)),
    },
  );
  const isReady = body.name?.trim() !== "" && body.evaluators.length > 0 && filter !== "wrong";
  return (
    <div className={css.split}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="md">
          <Panel title="What is scored">
            <Stack gap="sm">
              <TextInput
                label="Name"
                required
                maxLength={200}
                value={body.name}
                onChange={(event) => set({ name: event.currentTarget.value })}
              />
              <Select
                label="Scores belong to"
                data={LEVELS}
                allowDeselect={false}
                value={body.level}
                onChange={(level) => set({ level: (level ?? "trace") as RuleBody["level"], settle_s: null })}
              />
              <div>
                <div className={css.label}>A trace or session is taken when one of its spans passes this filter.</div>
                <FilterField
                  label="Filter"
                  value={body.where ?? ""}
                  onApply={(where) => set({ where })}
                  onState={setFilter}
                  appliesOnBlur
                  from={TRIED_FROM}
                  to="now"
                  placeholder="everything"
                />
              </div>
            </Stack>
          </Panel>
          <Panel title="By what">
            <Choices
              value={body.evaluators}
              onChange={(chosen) => set({ evaluators: chosen })}
              evaluators={evaluators}
            />
          </Panel>
          <Panel title="How many">
            <SamplingForm value={body.sampling!} onChange={(sampling) => set({ sampling })} />
          </Panel>
          <Panel title="When">
            <div className={css.row}>
              <NumberInput
                label="Complete when nothing came for, s"
                placeholder={body.level === "session" ? "600" : "10"}
                w={240}
                min={1}
                value={body.settle_s ?? ""}
                onChange={(seconds) => set({ settle_s: seconds === "" ? null : Number(seconds) })}
              />
              <Switch
                label="In force"
                checked={body.enabled}
                onChange={(event) => set({ enabled: event.currentTarget.checked })}
                mb={8}
              />
            </div>
          </Panel>
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => void go(ruleId ? links.rule(ruleId) : links.evaluators())}>
              Cancel
            </Button>
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={15} />}
              loading={tried.isPending}
              disabled={body.evaluators.length === 0 || filter === "wrong"}
              onClick={() => tried.mutate(body)}
            >
              Try on real traces
            </Button>
            <AdminButton type="submit" loading={save.isPending} disabled={!isReady}>
              {ruleId ? "Keep changes" : "Put in force"}
            </AdminButton>
          </Group>
        </Stack>
      </form>
      <Panel title="Tried on real traces">
        {tried.isPending ? (
          <Loading height={160} label="Trying" />
        ) : tried.error ? (
          <Failed error={tried.error} />
        ) : tried.data ? (
          <Preview of={tried.data} />
        ) : (
          <Empty title="Not tried yet">
            “Try on real traces” scores the ten newest targets of the last week and shows why. Nothing is stored.
          </Empty>
        )}
      </Panel>
    </div>
  );
}
