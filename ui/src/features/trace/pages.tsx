import type { Page } from "@/app/page";

export const PAGES: Page[] = [{ path: "/traces/:traceId", title: "Trace", load: () => import("./TracePage") }];
