import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { Failed } from "./Async";

interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  /** The verb on the button. */
  verb: string;
  onConfirm: () => void;
  isBusy?: boolean;
  error?: Error | null;
  isHarmless?: boolean;
}

/** Asks before something that cannot be taken back. */
export function Confirm({
  opened,
  onClose,
  title,
  children,
  verb,
  onConfirm,
  isBusy = false,
  error,
  isHarmless = false,
}: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="md">
        <div>{children}</div>
        {error && <Failed error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color={isHarmless ? undefined : "red.8"} onClick={onConfirm} loading={isBusy}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
