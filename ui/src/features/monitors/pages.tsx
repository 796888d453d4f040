import { IconEyeCheck } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/monitors",
    title: "Monitors",
    group: "Watch",
    order: 2,
    icon: IconEyeCheck,
    key: "w",
    load: () => import("./MonitorsPage"),
  },
  { path: "/monitors/new", title: "New monitor", load: () => import("./NewMonitorPage") },
  { path: "/monitors/:id", title: "Monitor", load: () => import("./MonitorPage") },
  { path: "/monitors/:id/edit", title: "Change a monitor", load: () => import("./EditMonitorPage") },
];
