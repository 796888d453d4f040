import { IconUrgent } from "@tabler/icons-react";
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
];
