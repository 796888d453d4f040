import { ActionIcon, Button, Checkbox, Popover, ScrollArea, Stack, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconColumns3 } from "@tabler/icons-react";
import type { Column } from "./column";
import { useLayout } from "./tableState";
import css from "./DataTable.module.css";

/** Chooses and orders the columns of the table of that name. */
export function ColumnMenu<Row>({ name, columns }: { name: string; columns: Column<Row>[] }) {
  const [layout, setLayout, reset] = useLayout(name);
  const position = new Map(layout.columnOrder.map((id, index) => [id, index]));
  const sorted = columns
    .map((column, index) => ({ column, at: position.get(column.id) ?? layout.columnOrder.length + index }))
    .sort((a, b) => a.at - b.at)
    .map(({ column }) => column);
  const isShown = (column: Column<Row>) => layout.columnVisibility[column.id] ?? !column.hidden;
  const move = (index: number, by: number) => {
    const ids = sorted.map((column) => column.id);
    const [taken] = ids.splice(index, 1);
    ids.splice(index + by, 0, taken!);
    setLayout((before) => ({ ...before, columnOrder: ids }));
  };
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Tooltip label="Columns">
          <ActionIcon variant="default" size={30} aria-label="Columns">
            <IconColumns3 size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <ScrollArea.Autosize mah={420}>
          <Stack gap={0}>
            {sorted.map((column, index) => (
              <div key={column.id} className={css.menuItem}>
                <Checkbox
                  label={column.title}
                  checked={isShown(column)}
                  onChange={(event) => {
                    const { checked } = event.currentTarget;
                    setLayout((before) => ({
                      ...before,
                      columnVisibility: { ...before.columnVisibility, [column.id]: checked },
                    }));
                  }}
                  style={{ flex: 1 }}
                />
                <ActionIcon
                  size="xs"
                  aria-label={`Move ${column.title} left`}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                >
                  <IconArrowUp size={12} />
                </ActionIcon>
                <ActionIcon
                  size="xs"
                  aria-label={`Move ${column.title} right`}
                  disabled={index === sorted.length - 1}
                  onClick={() => move(index, 1)}
                >
                  <IconArrowDown size={12} />
                </ActionIcon>
              </div>
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Button variant="subtle" size="compact-xs" mt="xs" onClick={reset}>
          As it was
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
