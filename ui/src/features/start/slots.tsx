import type { Slots } from "@/app/registry";
import { DemoBanner } from "./DemoBanner";

export const SLOTS: Slots = { banner: DemoBanner };
