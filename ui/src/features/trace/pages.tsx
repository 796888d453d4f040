import type { Page } from "@/app/page";
import { warmUp } from "./outlineQuery";

export const PAGES: Page[] = [
  {
    path: "/traces/:traceId",
    title: "Trace",
    load: () => {
      warmUp(location.pathname);
      return import("./TracePage");
    },
  },
];
