import { IconChecklist } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/evaluators",
    title: "Evaluators",
    group: "Improve",
    order: 20,
    icon: IconChecklist,
    key: "v",
    load: () => import("./EvaluatorsPage"),
  },
  { path: "/evaluators/rules/new", title: "New rule", load: () => import("./RuleForm") },
  { path: "/evaluators/rules/:ruleId", title: "Rule", load: () => import("./RulePage") },
  { path: "/evaluators/rules/:ruleId/edit", title: "Rule", load: () => import("./RuleForm") },
];
