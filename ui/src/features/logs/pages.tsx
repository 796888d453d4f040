import { IconFileText } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/logs",
    title: "Logs",
    group: "Analyse",
    order: 14,
    icon: IconFileText,
    key: "l",
    load: () => import("./LogsPage"),
  },
];
