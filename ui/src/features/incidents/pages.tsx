import { IconHistoryToggle, IconListSearch, IconUrgent } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/incidents",
    title: "Incidents",
    group: "Watch",
    order: 1,
    icon: IconUrgent,
    key: "a",
    load: () => import("./IncidentsPage"),
  },
  { path: "/incidents/:id", title: "Incident", load: () => import("./IncidentPage") },
  {
    path: "/findings",
    title: "Findings",
    group: "Watch",
    order: 1,
    icon: IconListSearch,
    key: "f",
    load: () => import("./FindingsPage"),
  },
  { path: "/findings/:id", title: "Finding", load: () => import("./FindingPage") },
  {
    path: "/backtests",
    title: "Backtests",
    group: "Watch",
    order: 2,
    icon: IconHistoryToggle,
    key: "h",
    load: () => import("./BacktestsPage"),
  },
  { path: "/backtests/:id", title: "Backtest", load: () => import("./BacktestPage") },
  { path: "/backtests/:id/:incident", title: "Incident of a backtest", load: () => import("./BacktestIncidentPage") },
];
