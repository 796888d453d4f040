import { IconActivityHeartbeat } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/",
    title: "Overview",
    group: "Watch",
    order: 0,
    icon: IconActivityHeartbeat,
    key: "o",
    load: () => import("./OverviewPage"),
  },
];
