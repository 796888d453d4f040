import { IconTargetArrow, IconWallet } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/slos",
    title: "Service levels",
    group: "Operate",
    order: 10,
    icon: IconTargetArrow,
    load: () => import("./SlosPage"),
  },
  { path: "/slos/:id", title: "Service level", load: () => import("./SloPage") },
  {
    path: "/budgets",
    title: "Budgets",
    group: "Operate",
    order: 20,
    icon: IconWallet,
    load: () => import("./BudgetsPage"),
  },
  { path: "/budgets/:id", title: "Budgets", load: () => import("./BudgetsPage") },
];
