import { IconSettings } from "@tabler/icons-react";
import type { Page } from "@/app/page";

const load = () => import("./Settings");

export const PAGES: Page[] = [
  { path: "/settings", title: "Settings", group: "Operate", order: 90, icon: IconSettings, key: ",", load },
  { path: "/settings/:section", title: "Settings", load },
  { path: "/settings/:section/:item", title: "Settings", load },
];
