import type { Snippet } from "./snippet";

const found = import.meta.glob<{ SNIPPET: Snippet }>("./snippets/*.ts", { eager: true });
export const GROUPS = ["OpenTelemetry", "Python", "JavaScript", "Tools", "Gateways and clouds", "Shippers"] as const;

export const SNIPPETS: Snippet[] = Object.values(found)
  .map((module) => module.SNIPPET)
  .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || a.order - b.order);
