import { IconTelescope } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/explore",
    title: "Explore",
    group: "Analyse",
    order: 12,
    icon: IconTelescope,
    key: "e",
    load: () => import("./ExplorePage"),
  },
];
