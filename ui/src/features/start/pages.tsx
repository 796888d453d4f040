import { IconRocket } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/start",
    title: "Get started",
    group: "Operate",
    order: 80,
    icon: IconRocket,
    key: "n",
    load: () => import("./Start"),
  },
];
