import { ActionIcon, Button, Checkbox, Group, Menu, Modal, Stack, TextInput, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import {
  IconBookmark,
  IconCheck,
  IconChevronDown,
  IconDeviceFloppy,
  IconLink,
  IconPencil,
  IconStar,
  IconStarFilled,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import { Failed } from "@/design/Async";
import type { View, Views } from "./views";

type Dialog = { kind: "save" } | { kind: "rename"; view: View } | { kind: "delete"; view: View } | null;

/** The page's saved views: open one, save what is shown, share it. */
export function ViewsMenu({ views }: { views: Views }) {
  const [dialog, setDialog] = useState<Dialog>(null);
  const { current, isChanged } = views;
  const { copied, copy } = useClipboard({ timeout: 1500 });
  return (
    <>
      <Menu position="bottom-end" width={270}>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconBookmark size={15} />}
            rightSection={<IconChevronDown size={13} />}
            maw={220}
          >
            {current ? `${current.name}${isChanged ? " (changed)" : ""}` : "Views"}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.list.error && <Failed error={views.list.error} again={views.list.refetch} />}
          {views.views.length > 0 && <Menu.Label>Shared by all in this project</Menu.Label>}
          <div style={{ maxHeight: 280, overflowY: "auto" }}>
            {views.views.map((view) => (
              <Menu.Item
                key={view.id}
                onClick={() => views.open(view)}
                leftSection={view.id === current?.id ? <IconCheck size={14} /> : <span style={{ width: 14 }} />}
                rightSection={view.is_default ? <IconStarFilled size={12} aria-label="default" /> : undefined}
              >
                {view.name}
              </Menu.Item>
            ))}
          </div>
          {views.views.length > 0 && <Menu.Divider />}
          {current && isChanged && (
            <Menu.Item
              leftSection={<IconDeviceFloppy size={14} />}
              onClick={() => views.change.mutate({ id: current.id, search: views.search })}
            >
              Save changes to “{current.name}”
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconDeviceFloppy size={14} />} onClick={() => setDialog({ kind: "save" })}>
            Save as a new view
          </Menu.Item>
          <Menu.Item leftSection={<IconLink size={14} />} closeMenuOnClick={false} onClick={() => copy(location.href)}>
            {copied ? "Link copied" : "Copy link to this"}
          </Menu.Item>
          {current && (
            <>
              <Menu.Divider />
              <Menu.Item
                leftSection={<IconStar size={14} />}
                onClick={() => views.change.mutate({ id: current.id, is_default: !current.is_default })}
              >
                {current.is_default ? "Do not open the page with it" : "Open the page with it"}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconPencil size={14} />}
                onClick={() => setDialog({ kind: "rename", view: current })}
              >
                Rename
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={14} />}
                onClick={() => setDialog({ kind: "delete", view: current })}
              >
                Delete
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {views.change.error && !dialog && (
        <Tooltip label={views.change.error.message}>
          <ActionIcon
            color="red"
            aria-label={`Not saved: ${views.change.error.message}`}
            onClick={() => views.change.reset()}
          >
            !
          </ActionIcon>
        </Tooltip>
      )}
      <Dialogs views={views} dialog={dialog} close={() => setDialog(null)} />
    </>
  );
}

function Dialogs({ views, dialog, close }: { views: Views; dialog: Dialog; close: () => void }) {
  return (
    <>
      <Modal opened={dialog?.kind === "save"} onClose={close} title="Save this view">
        {dialog?.kind === "save" && (
          <Naming
            withDefault
            busy={views.create.isPending}
            error={views.create.error}
            onName={(name, isDefault) => views.create.mutate({ name, is_default: isDefault }, { onSuccess: close })}
          />
        )}
      </Modal>
      <Modal opened={dialog?.kind === "rename"} onClose={close} title="Rename this view">
        {dialog?.kind === "rename" && (
          <Naming
            name={dialog.view.name}
            busy={views.change.isPending}
            error={views.change.error}
            onName={(name) => views.change.mutate({ id: dialog.view.id, name }, { onSuccess: close })}
          />
        )}
      </Modal>
      <Modal opened={dialog?.kind === "delete"} onClose={close} title="Delete this view?">
        {dialog?.kind === "delete" && (
          <Stack>
            “{dialog.view.name}” goes away for everybody in this project.
            {views.remove.error && <Failed error={views.remove.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Keep it
              </Button>
              <Button
                color="red"
                loading={views.remove.isPending}
                onClick={() => views.remove.mutate(dialog.view.id, { onSuccess: close })}
              >
                Delete
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}

interface NamingProps {
  name?: string;
  withDefault?: boolean;
  busy: boolean;
  error: Error | null;
  onName: (name: string, isDefault: boolean) => void;
}

function Naming({ name = "", withDefault = false, busy, error, onName }: NamingProps) {
  const [written, setWritten] = useState(name);
  const [isDefault, setDefault] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (written.trim()) onName(written.trim(), isDefault);
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          data-autofocus
          required
          maxLength={200}
          value={written}
          onChange={(event) => setWritten(event.currentTarget.value)}
          error={error?.message}
        />
        {withDefault && (
          <Checkbox
            label="Open the page with it"
            checked={isDefault}
            onChange={(event) => setDefault(event.currentTarget.checked)}
          />
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
