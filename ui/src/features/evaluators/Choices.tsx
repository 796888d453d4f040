import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { IconAdjustments, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { Tag } from "@/design/Badges";
import { shown, typed, type Evaluator, type RuleBody } from "./words";
import css from "./evaluators.module.css";

type Choice = RuleBody["evaluators"][number];

/** The evaluators of a rule: add, remove, set. */
export function Choices({
  value,
  onChange,
  evaluators,
}: {
  value: Choice[];
  onChange: (value: Choice[]) => void;
  evaluators: readonly Evaluator[];
}) {
  const [opened, setOpened] = useState<string | null>(null);
  const [added, setAdded] = useState(0);
  const known = new Map(evaluators.map((one) => [one.name, one]));
  const free = evaluators.filter((one) => !one.problem && !value.some((choice) => choice.evaluator === one.name));
  const put = (at: number, choice: Choice) => onChange(value.map((one, place) => (place === at ? choice : one)));
  return (
    <div>
      {value.map((choice, at) => {
        const evaluator = known.get(choice.evaluator);
        const isOpen = opened === choice.evaluator;
        return (
          <div key={`${choice.evaluator}-${at}`} className={css.choice}>
            <span className={css.choiceName}>{choice.evaluator}</span>
            {evaluator ? (
              <span className="dim">{evaluator.needs.join(", ") || evaluator.optional.join(" or ")}</span>
            ) : (
              <Tag tone="bad">gone</Tag>
            )}
            <span className={css.buttons}>
              <ActionIcon
                variant={isOpen ? "light" : "subtle"}
                color="gray"
                aria-label={`Settings of ${choice.evaluator}`}
                aria-expanded={isOpen}
                onClick={() => setOpened(isOpen ? null : choice.evaluator)}
              >
                <IconAdjustments size={16} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Remove ${choice.evaluator}`}
                onClick={() => onChange(value.filter((_, place) => place !== at))}
              >
                <IconX size={16} />
              </ActionIcon>
            </span>
            {isOpen && <Settings of={choice} evaluator={evaluator} onChange={(next) => put(at, next)} />}
          </div>
        );
      })}
      <Select
        key={added}
        mt="xs"
        label="Add an evaluator"
        placeholder="Type a name, also one of Ragas, DeepEval, MLflow …"
        searchable
        nothingFoundMessage="There is none of this name"
        value={null}
        data={free.map((one) => ({ value: one.name, label: `${one.name} ${one.aliases.join(" ")}` }))}
        renderOption={({ option }) => (
          <span>
            <b>{option.value}</b> <span className="dim">{known.get(option.value)?.summary}</span>
          </span>
        )}
        onChange={(name) => {
          if (!name) return;
          onChange([...value, { evaluator: name, score: "", settings: {}, fields: {} }]);
          setAdded(added + 1);
        }}
      />
    </div>
  );
}

function Settings({
  of: choice,
  evaluator,
  onChange,
}: {
  of: Choice;
  evaluator: Evaluator | undefined;
  onChange: (choice: Choice) => void;
}) {
  const settings = choice.settings ?? {};
  const [mapped, setMapped] = useState(
    Object.entries(choice.fields ?? {})
      .map(([ours, theirs]) => `${ours}=${theirs}`)
      .join(", "),
  );
  const set = (name: string, text: string, fallback: unknown) => {
    const next = { ...settings };
    if (text.trim() === "") delete next[name];
    else next[name] = typed(text, fallback);
    onChange({ ...choice, settings: next });
  };
  return (
    <div className={css.settings}>
      <TextInput
        label="Name of the scores"
        placeholder={choice.evaluator.split(":").at(-1)}
        value={choice.score}
        onChange={(event) => onChange({ ...choice, score: event.currentTarget.value })}
      />
      <TextInput
        label="Passes from"
        placeholder={String(evaluator?.threshold ?? "")}
        value={shown(settings.threshold)}
        onChange={(event) => set("threshold", event.currentTarget.value, 0)}
      />
      {evaluator?.settings.map((setting) =>
        setting.choices.length > 0 ? (
          <Select
            key={setting.name}
            label={setting.name}
            description={setting.help}
            data={setting.choices}
            value={shown(settings[setting.name]) || shown(setting.default)}
            onChange={(chosen) => set(setting.name, chosen ?? "", setting.default)}
          />
        ) : (
          <TextInput
            key={setting.name}
            label={setting.name}
            description={setting.help}
            placeholder={shown(setting.default)}
            value={shown(settings[setting.name])}
            onChange={(event) => set(setting.name, event.currentTarget.value, setting.default)}
          />
        ),
      )}
      <TextInput
        label="Fields found elsewhere"
        description="ours=path, e.g. output=root.metadata.answer"
        value={mapped}
        onChange={(event) => {
          setMapped(event.currentTarget.value);
          onChange({ ...choice, fields: fieldsOf(event.currentTarget.value) });
        }}
      />
      {Object.keys(settings).length > 0 && (
        <Button variant="default" size="compact-sm" onClick={() => onChange({ ...choice, settings: {} })}>
          Back to the defaults
        </Button>
      )}
    </div>
  );
}

function fieldsOf(text: string): Record<string, string> {
  const pairs = text
    .split(",")
    .map((pair) => pair.split("="))
    .filter((pair): pair is [string, string] => pair.length === 2 && pair.every((part) => part.trim() !== ""));
  return Object.fromEntries(pairs.map(([ours, theirs]) => [ours.trim(), theirs.trim()]));
}
