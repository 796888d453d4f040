import { IconSettings } from "@tabler/icons-react";
import type { Page } from "@/app/page";
import { links } from "@/lib/links";
import { SECTIONS } from "./sections";

const load = () => import("./Settings");

export const PAGES: Page[] = [
  { path: "/settings", title: "Settings", group: "Operate", order: 90, icon: IconSettings, key: ",", load },
  ...SECTIONS.map(({ id, title }) => ({ path: links.settings(id), title, load })),
  { path: "/settings/mappings/:item", title: "Mapping", load },
];
