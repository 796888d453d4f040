import { IconTransferIn } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/ingest",
    title: "Ingest",
    group: "Operate",
    order: 70,
    icon: IconTransferIn,
    key: "i",
    load: () => import("./Ingest"),
  },
];
