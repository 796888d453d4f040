import { IconCpu } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/gpu",
    title: "GPUs",
    group: "Analyse",
    order: 15,
    icon: IconCpu,
    load: () => import("./GpuPage"),
  },
];
