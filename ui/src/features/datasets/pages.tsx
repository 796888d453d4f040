import { IconDatabase } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/datasets",
    title: "Datasets",
    group: "Improve",
    order: 41,
    icon: IconDatabase,
    key: "b",
    load: () => import("./DatasetsPage"),
  },
  { path: "/datasets/:datasetId", title: "Dataset", load: () => import("./DatasetPage") },
];
