import { IconChecklist } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/annotate",
    title: "Annotation",
    group: "Improve",
    order: 43,
    icon: IconChecklist,
    key: "r",
    load: () => import("./QueuesPage"),
  },
  { path: "/annotate/:queueId", title: "Annotation queue", load: () => import("./QueuePage") },
  { path: "/annotate/:queueId/work", title: "Annotate", load: () => import("./WorkPage") },
];
