import { IconLayoutDashboard } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/dashboards",
    title: "Dashboards",
    group: "Analyse",
    order: 11,
    icon: IconLayoutDashboard,
    key: "d",
    load: () => import("./DashboardsPage"),
  },
  { path: "/dashboards/:dashboardId", title: "Dashboard", load: () => import("./DashboardPage") },
];
