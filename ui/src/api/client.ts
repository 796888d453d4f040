/** The API: typed by its own OpenAPI description, with the project and the key of this browser. */

import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema.gen";

const KEY = "nervure.key";
const PROJECT = "nervure.project";

/** An answer that is not the one asked for, in words (RFC 9457 problem details). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** Zero-based character of the mistake in a filter. */
    readonly position: number | null = null,
    readonly expected: string[] = [],
    readonly retryAfterS: number | null = null,
    /** The filter a mistake is in. */
    readonly filter = "",
  ) {
    super(detail);
    this.name = "Problem";
  }
}

export function apiKey(): string {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY) ?? "";
}

/** Keeps the key for this tab, or for this browser when it shall be remembered. "" signs out. */
export function setApiKey(key: string, remember = false): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  if (key) (remember ? localStorage : sessionStorage).setItem(KEY, key);
}

export function projectName(): string {
  return new URLSearchParams(location.search).get("project") ?? localStorage.getItem(PROJECT) ?? "";
}

export function setProjectName(name: string): void {
  if (name) localStorage.setItem(PROJECT, name);
  else localStorage.removeItem(PROJECT);
}

/** Headers of every request: who asks, and about which project. */
export function headers(): Record<string, string> {
  const made: Record<string, string> = {};
  if (apiKey()) made.authorization = `Bearer ${apiKey()}`;
  if (projectName()) made["x-nervure-project"] = projectName();
  return made;
}

type Told = { title?: string; detail?: string; code?: string; position?: number; expected?: string[]; text?: string };

export async function problemOf(response: Response): Promise<Problem> {
  let told: Told = {};
  try {
    told = (await response.clone().json()) as Told;
  } catch {
    // Not JSON: a proxy in between answered. Its status says what there is to say.
    told = { detail: `The server answered ${response.status} ${response.statusText} without words.` };
  }
  const after = Number(response.headers.get("retry-after"));
  return new Problem(
    response.status,
    told.code ?? "http",
    told.detail ?? told.title ?? response.statusText,
    told.position ?? null,
    told.expected ?? [],
    Number.isFinite(after) && after > 0 ? after : null,
    told.text ?? "",
  );
}

const middleware: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(headers())) request.headers.set(name, value);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    throw await problemOf(response);
  },
  onError({ error }) {
    if (error instanceof Problem || (error instanceof DOMException && error.name === "AbortError")) return undefined;
    return new Problem(0, "unreachable", "Nervure does not answer. Is the server still running?");
  },
};

export const api = createClient<paths>({ baseUrl: "" });
api.use(middleware);
