import { IconCoins } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/cost",
    title: "Cost",
    group: "Analyse",
    order: 10,
    icon: IconCoins,
    key: "c",
    load: () => import("./CostPage"),
  },
];
