/** What cost is broken down by. */

export interface Dimension {
  field: string;
  title: string;
}

export const DIMENSIONS: Dimension[] = [
  { field: "model", title: "Model" },
  { field: "provider", title: "Provider" },
  { field: "service", title: "Service" },
  { field: "team", title: "Team" },
  { field: "tenant", title: "Tenant" },
  { field: "user", title: "User" },
  { field: "session", title: "Session" },
  { field: "feature", title: "Feature" },
  { field: "prompt_name", title: "Prompt" },
  { field: "prompt_version", title: "Prompt version" },
  { field: "agent", title: "Agent" },
  { field: "environment", title: "Environment" },
  { field: "release", title: "Release" },
  { field: "region", title: "Region" },
];

export function titleOf(field: string): string {
  return DIMENSIONS.find((one) => one.field === field)?.title ?? field;
}
