import type { Icon } from "@tabler/icons-react";
import type { ComponentType } from "react";

export const GROUPS = ["Watch", "Analyse", "Improve", "Operate"] as const;

/** A page. The file `features/<name>/pages.tsx` ends in `export const PAGES: Page[]`; the folder is the registry. */
export interface Page {
  /** Route below the app, e.g. "/traces/:traceId". */
  path: string;
  title: string;
  /** Where it stands in the navigation; pages without a group are reached through others. */
  group?: (typeof GROUPS)[number];
  /** Order within the group. */
  order?: number;
  icon?: Icon;
  /** Second key after `g`, e.g. "t" for `g t`. */
  key?: string;
  load: () => Promise<{ default: ComponentType }>;
}
