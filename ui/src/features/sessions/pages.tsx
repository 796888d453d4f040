import { IconMessages } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/sessions",
    title: "Sessions",
    group: "Watch",
    order: 3,
    icon: IconMessages,
    key: "s",
    load: () => import("./SessionsPage"),
  },
  { path: "/sessions/:sessionId", title: "Session", load: () => import("./SessionPage") },
];
