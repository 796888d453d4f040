import { IconChartLine } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/metrics",
    title: "Metrics",
    group: "Analyse",
    order: 13,
    icon: IconChartLine,
    key: "m",
    load: () => import("./MetricsPage"),
  },
];
