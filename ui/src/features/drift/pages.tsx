import { IconArrowsShuffle } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/drift",
    title: "Drift",
    group: "Analyse",
    order: 26,
    icon: IconArrowsShuffle,
    key: "x",
    load: () => import("./DriftPage"),
  },
];
