import type { ComponentType } from "react";

/** A part of the settings. id: last segment of its address. words: what the palette finds it by. */
export interface Section {
  id: string;
  title: string;
  words: string;
  load: () => Promise<{ default: ComponentType }>;
}

export const SECTIONS: Section[] = [
  { id: "projects", title: "Projects", words: "project tenant create describe", load: () => import("./Projects") },
  { id: "keys", title: "API keys", words: "key secret token access rights revoke", load: () => import("./Keys") },
  { id: "prices", title: "Prices", words: "price cost tariff override model reprice", load: () => import("./Prices") },
  { id: "retention", title: "Retention", words: "retention delete keep days disk", load: () => import("./Retention") },
  {
    id: "mappings",
    title: "Mappings",
    words: "mapping dialect convention rules attributes",
    load: () => import("./Mappings"),
  },
  { id: "audit", title: "Audit log", words: "audit changes who history", load: () => import("./Audit") },
  {
    id: "about",
    title: "About this server",
    words: "about version status health memory addresses",
    load: () => import("./About"),
  },
];
