import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Drawer,
  Group,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Range } from "@/lib/time";
import { typedField, useDimensions } from "../explore/known";
import type { Variable } from "./spec";
import css from "./dashboards.module.css";

interface EditorProps {
  variables: readonly Variable[];
  range: Range;
  onKeep: (variables: Variable[]) => void;
  onClose: () => void;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const TYPES = [
  { value: "text", label: "text" },
  { value: "number", label: "number" },
  { value: "duration", label: "span of time" },
  { value: "bool", label: "true or false" },
];
const MOST = 20;

/** The variables of a dashboard as a form. */
export default function VariablesEditor({ variables: given, range, onKeep, onClose }: EditorProps) {
  const [variables, setVariables] = useState<Variable[]>([...given]);
  const change = (at: number, part: Partial<Variable>) =>
    setVariables(variables.map((one, index) => (index === at ? { ...one, ...part } : one)));
  const problems = variables.map((one, index) => problemOf(one, variables.slice(0, index)));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(640px, 100%)"
      title="Variables"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          A variable is chosen above the dashboard and stands in filters as <code>${"{name}"}</code>. With options
          instead of a field it can also name the field to group by.
        </Text>
        {variables.map((one, index) => (
          <One
            key={index}
            variable={one}
            problem={problems[index] ?? ""}
            range={range}
            onChange={(part) => change(index, part)}
            onRemove={() => setVariables(variables.filter((_, place) => place !== index))}
          />
        ))}
        {variables.length < MOST && (
          <Button
            variant="default"
            w="fit-content"
            leftSection={<IconPlus size={15} />}
            onClick={() =>
              setVariables([
                ...variables,
                { name: "", label: "", field: "", type: "text", options: [], default: [], multi: true },
              ])
            }
          >
            Variable
          </Button>
        )}
        <Group justify="end" gap="xs" className={css.editorFoot}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={() => onKeep(variables)} disabled={problems.some(Boolean)}>
            Apply
          </Button>
        </Group>
      </Stack>
    </Drawer>
  );
}

interface OneProps {
  variable: Variable;
  problem: string;
  range: Range;
  onChange: (part: Partial<Variable>) => void;
  onRemove: () => void;
}

function One({ variable, problem, range, onChange, onRemove }: OneProps) {
  const dimensions = useDimensions(range);
  return (
    <fieldset className={css.variableForm}>
      <legend className="visually-hidden">Variable {variable.name}</legend>
      <Group gap="sm" align="end" wrap="nowrap">
        <TextInput
          label="Name"
          value={variable.name}
          placeholder="service"
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          flex={1}
        />
        <TextInput
          label="Shown as"
          value={variable.label}
          placeholder={variable.name}
          onChange={(event) => onChange({ label: event.currentTarget.value })}
          flex={1}
        />
        <ActionIcon aria-label={`Remove ${variable.name || "variable"}`} onClick={onRemove} mb={3}>
          <IconTrash size={15} />
        </ActionIcon>
      </Group>
      <Group gap="sm" grow align="start">
        <Autocomplete
          label="Values of the field"
          size="xs"
          data={dimensions.choices}
          limit={60}
          value={variable.field}
          onChange={(field) => onChange({ field })}
          onBlur={() => variable.field && onChange({ field: typedField(variable.field, dimensions.choices) })}
        />
        <Select
          label="Written as"
          data={TYPES}
          allowDeselect={false}
          value={variable.type}
          onChange={(type) => onChange({ type: (type ?? "text") as Variable["type"] })}
        />
      </Group>
      <TagsInput
        label="Options"
        size="xs"
        placeholder={variable.options.length > 0 ? undefined : "asked for, when none are given"}
        value={variable.options}
        onChange={(options) => onChange({ options })}
      />
      <TagsInput
        label="Chosen at first"
        size="xs"
        placeholder={variable.default.length > 0 ? undefined : "all"}
        data={variable.options}
        value={variable.default}
        onChange={(values) => onChange({ default: values })}
        maxTags={variable.multi ? undefined : 1}
      />
      <Checkbox
        label="Several can be chosen"
        checked={variable.multi}
        onChange={(event) =>
          onChange({
            multi: event.currentTarget.checked,
            default: event.currentTarget.checked ? variable.default : variable.default.slice(0, 1),
          })
        }
      />
      {problem && (
        <Text size="xs" className="bad" role="alert">
          {problem}
        </Text>
      )}
    </fieldset>
  );
}

function problemOf(variable: Variable, before: readonly Variable[]): string {
  if (!NAME.test(variable.name)) return "A name is made of letters, digits and _, and begins with no digit.";
  if (before.some((one) => one.name === variable.name)) return "There is a variable of that name already.";
  if (!variable.field && variable.options.length === 0)
    return "Give the field its values are of, or options to choose from.";
  return "";
}
