import type { Slots } from "@/app/registry";
import { ProjectSwitch } from "./ProjectSwitch";
import { SignIn } from "./SignIn";

export const SLOTS: Slots = { project: ProjectSwitch, signIn: SignIn };
