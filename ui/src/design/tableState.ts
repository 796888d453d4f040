/** Which columns a table shows, in which order and how wide: kept in this browser under the table's name. */

import { useLocalStorage } from "@mantine/hooks";
import type { ColumnOrderState, ColumnSizingState, ColumnVisibilityState } from "@tanstack/react-table";

export interface Layout {
  columnOrder: ColumnOrderState;
  columnVisibility: ColumnVisibilityState;
  columnSizing: ColumnSizingState;
}

export const PLAIN: Layout = { columnOrder: [], columnVisibility: {}, columnSizing: {} };

export function useLayout(name: string): [Layout, (change: (before: Layout) => Layout) => void, () => void] {
  const [layout, set, reset] = useLocalStorage<Layout>({
    key: `nervure.table.${name}`,
    defaultValue: PLAIN,
    getInitialValueInEffect: false,
  });
  return [{ ...PLAIN, ...layout }, (change) => set((before) => change({ ...PLAIN, ...before })), reset];
}
