import { IconListTree } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/traces",
    title: "Traces",
    group: "Watch",
    order: 2,
    icon: IconListTree,
    key: "t",
    load: () => import("./Traces"),
  },
];
