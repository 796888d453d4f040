import type { ComponentType } from "react";

/** A part of the settings. id: last segment of its address. */
export interface Section {
  id: string;
  title: string;
  load: () => Promise<{ default: ComponentType }>;
}

export const SECTIONS: Section[] = [
  { id: "projects", title: "Projects", load: () => import("./Projects") },
  { id: "keys", title: "API keys", load: () => import("./Keys") },
  { id: "prices", title: "Prices", load: () => import("./Prices") },
  { id: "retention", title: "Retention", load: () => import("./Retention") },
  {
    id: "mappings",
    title: "Mappings",
    load: () => import("./Mappings"),
  },
  { id: "forwarding", title: "Forwarding", load: () => import("./Forwarding") },
  { id: "collectors", title: "Collectors", load: () => import("./Collectors") },
  { id: "notifications", title: "Notifications", load: () => import("./Notifications") },
  { id: "audit", title: "Audit log", load: () => import("./Audit") },
  {
    id: "about",
    title: "About this server",
    load: () => import("./About"),
  },
];
