import { Button, Group, Modal, Stack } from "@mantine/core";
import { useNavigate } from "react-router";
import { AdminButton } from "@/design/AdminButton";
import { Tag } from "@/design/Badges";
import { Rows } from "@/design/Rows";
import { links } from "@/lib/links";
import { originWord, shown, type Evaluator } from "./words";
import css from "./evaluators.module.css";

/** All there is to know of one evaluator: what it needs, what it cannot see, its settings. */
export function EvaluatorDialog({ of: one, onClose }: { of: Evaluator; onClose: () => void }) {
  const go = useNavigate();
  return (
    <Modal opened onClose={onClose} title={one.name} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="sm">
        {one.problem && (
          <p className={css.warning} role="alert">
            It cannot be used now: {one.problem}
          </p>
        )}
        <p className={css.lead}>{one.summary}</p>
        <dl className={css.facts}>
          <dt>Needs</dt>
          <dd>{one.needs.join(", ") || one.optional.join(" or ") || "nothing"}</dd>
          <dt>Passes</dt>
          <dd>
            from {one.threshold} of {one.low} to {one.high}, higher is better. {one.threshold_why}
          </dd>
          <dt>Blind to</dt>
          <dd>{one.blind || "–"}</dd>
          <dt>Version</dt>
          <dd>
            {one.version || "–"}, {originWord(one.origin)}
          </dd>
          {one.aliases.length > 0 && (
            <>
              <dt>Also called</dt>
              <dd className={css.tags}>
                {one.aliases.map((alias) => (
                  <Tag key={alias}>{alias}</Tag>
                ))}
              </dd>
            </>
          )}
        </dl>
        {one.settings.length > 0 && (
          <Rows
            label="Settings"
            rows={one.settings}
            keyOf={(setting) => setting.name}
            columns={[
              { title: "Setting", cell: (setting) => <code>{setting.name}</code> },
              { title: "Default", cell: (setting) => shown(setting.default) || "–" },
              { title: "What it does", cell: (setting) => setting.help },
            ]}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <AdminButton disabled={Boolean(one.problem)} onClick={() => void go(links.newRule(one.name))}>
            Use in a rule
          </AdminButton>
        </Group>
      </Stack>
    </Modal>
  );
}
