import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** What the button says. */
  act: string;
  onAct: () => void;
  onClose: () => void;
}

/** Asks before something is lost. */
export function Confirm({ title, children, act, onAct, onClose }: ConfirmProps) {
  return (
    <Modal opened onClose={onClose} title={title} size="sm">
      <Text size="sm">{children}</Text>
      <Group justify="end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button
          color="red"
          onClick={() => {
            onClose();
            onAct();
          }}
        >
          {act}
        </Button>
      </Group>
    </Modal>
  );
}
