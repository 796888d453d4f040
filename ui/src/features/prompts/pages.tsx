import { IconPrompt } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/prompts",
    title: "Prompts",
    group: "Improve",
    order: 40,
    icon: IconPrompt,
    key: "p",
    load: () => import("./PromptsPage"),
  },
  { path: "/prompts/:name", title: "Prompt", load: () => import("./PromptPage") },
];
