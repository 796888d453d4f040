import { IconStars } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/quality",
    title: "Quality",
    group: "Analyse",
    order: 25,
    icon: IconStars,
    key: "q",
    load: () => import("./QualityPage"),
  },
];
