import { IconScale } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/calibration",
    title: "Calibration",
    group: "Improve",
    order: 24,
    icon: IconScale,
    load: () => import("./CalibrationsPage"),
  },
  { path: "/calibration/:score", title: "Calibration", load: () => import("./CalibrationPage") },
];
