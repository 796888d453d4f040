import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconArrowsMove, IconCopy, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import type { KeyboardEvent } from "react";
import type { Layout, Widget } from "./spec";

interface ToolsProps {
  widget: Widget;
  onEdit: () => void;
  onCopy: () => void;
  onRemove: () => void;
  onPlace: (change: Partial<Layout>) => void;
  onStep: (direction: "up" | "down") => void;
}

/** What can be done with a widget in edit mode. Arrow keys on the first button move it, with Shift they resize it. */
export function EditTools({ widget, onEdit, onCopy, onRemove, onPlace, onStep }: ToolsProps) {
  const { x, y, w, h } = widget.layout;
  const title = widget.title || widget.kind;
  const onKeyDown = (event: KeyboardEvent) => {
    const resizes: Record<string, Partial<Layout>> = {
      ArrowLeft: { w: w - 1 },
      ArrowRight: { w: w + 1 },
      ArrowUp: { h: h - 1 },
      ArrowDown: { h: h + 1 },
    };
    const sideways: Record<string, Partial<Layout>> = { ArrowLeft: { x: x - 1 }, ArrowRight: { x: x + 1 } };
    const change = (event.shiftKey ? resizes : sideways)[event.key];
    const isStep = !event.shiftKey && (event.key === "ArrowUp" || event.key === "ArrowDown");
    if (!change && !isStep) return;
    event.preventDefault();
    if (change) onPlace(change);
    else onStep(event.key === "ArrowUp" ? "up" : "down");
  };
  return (
    <>
      <Tooltip label="Drag the head, or use the arrow keys here: they move it, with Shift they resize it">
        <ActionIcon
          size="sm"
          aria-label={`Move ${title}: column ${x + 1}, row ${y + 1}, ${w} wide, ${h} high. Arrow keys move, with Shift they resize.`}
          data-move={widget.id}
          onKeyDown={onKeyDown}
        >
          <IconArrowsMove size={15} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Edit">
        <ActionIcon size="sm" aria-label={`Edit ${title}`} onClick={onEdit}>
          <IconPencil size={15} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon size="sm" aria-label={`More for ${title}`}>
            <IconDots size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconCopy size={15} />} onClick={onCopy}>
            Duplicate
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={onRemove}>
            Remove
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
