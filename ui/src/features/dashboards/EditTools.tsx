import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowsMove, IconCopy, IconPencil, IconTrash } from "@tabler/icons-react";
import type { KeyboardEvent } from "react";
import type { Layout, Widget } from "./spec";

interface ToolsProps {
  widget: Widget;
  onEdit: () => void;
  onCopy: () => void;
  onRemove: () => void;
  onPlace: (change: Partial<Layout>) => void;
}

/** What can be done with a widget in edit mode. Arrow keys on the first button move it, with Shift they resize it. */
export function EditTools({ widget, onEdit, onCopy, onRemove, onPlace }: ToolsProps) {
  const { x, y, w, h } = widget.layout;
  const title = widget.title || widget.kind;
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, Partial<Layout>> = event.shiftKey
      ? { ArrowLeft: { w: w - 1 }, ArrowRight: { w: w + 1 }, ArrowUp: { h: h - 1 }, ArrowDown: { h: h + 1 } }
      : { ArrowLeft: { x: x - 1 }, ArrowRight: { x: x + 1 }, ArrowUp: { y: y - 1 }, ArrowDown: { y: y + h } };
    const change = moves[event.key];
    if (!change) return;
    event.preventDefault();
    onPlace(change);
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
      <Tooltip label="Duplicate">
        <ActionIcon size="sm" aria-label={`Duplicate ${title}`} onClick={onCopy}>
          <IconCopy size={15} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Remove">
        <ActionIcon size="sm" aria-label={`Remove ${title}`} onClick={onRemove}>
          <IconTrash size={15} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}
