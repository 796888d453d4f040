/** Questions to the API as React hooks. */

import {
  QueryClient,
  useQuery,
  type InvalidateOptions,
  type InvalidateQueryFilters,
  type Query as CachedQuery,
  type QueryKey,
  type UseQueryOptions,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { PathsWithMethod } from "openapi-typescript-helpers";
import { api, headers, Problem, problemOf, projectName } from "./client";
import type { components, paths } from "./schema.gen";
import type { Query } from "@/lib/query";

export type Schemas = components["schemas"];
export type QueryAnswer = Schemas["QueryAnswer"];
export type Series = Schemas["Series"];
export type Point = Schemas["Point"];

/** Whether asking again can help: not for an answer that says the question is wrong. */
function mayRetry(failures: number, error: Error): boolean {
  const isBusy = error instanceof Problem && (error.status === 503 || error.status === 429 || error.status === 0);
  return isBusy && failures < 3;
}

/**
 * What was asked before a change is not shown after it.
 *
 * The library asks again for what it holds, but waits for what is on its way for the first time: an answer from before.
 */
export class Queries extends QueryClient {
  override async invalidateQueries<Key extends QueryKey = QueryKey>(
    filters?: InvalidateQueryFilters<Key>,
    options?: InvalidateOptions,
  ) {
    const isFirst = ({ state }: CachedQuery) => state.fetchStatus !== "idle" && state.data === undefined;
    const first = this.getQueryCache().findAll(filters).filter(isFirst);
    await Promise.all(first.map((query) => query.cancel({ revert: true })));
    return super.invalidateQueries(filters, options);
  }
}

export const queries = new Queries({
  defaultOptions: {
    queries: {
      retry: mayRetry,
      retryDelay: (failures, error) => ((error as Problem).retryAfterS ?? 2 ** failures) * 1000,
      staleTime: 10_000,
      refetchOnWindowFocus: false,
    },
  },
});

type GetPath = PathsWithMethod<paths, "get">;
type Get<P extends GetPath> = paths[P] extends { get: infer Operation } ? Operation : never;
type Json<Operation> = Operation extends { responses: { 200: { content: { "application/json": infer Body } } } }
  ? Body
  : unknown;
type Params<Operation> = Operation extends { parameters: infer Given }
  ? { query?: Given extends { query?: infer Q } ? Q : never; path?: Given extends { path?: infer Q } ? Q : never }
  : never;
export type Answer<P extends GetPath> = Json<Get<P>>;
type Options<Body> = Omit<UseQueryOptions<Body, Error>, "queryKey" | "queryFn"> & { keep?: boolean };

/** What one GET answers; throws Problem. For use in loaders, infinite queries and the like. */
export async function get<P extends GetPath>(
  path: P,
  params: Params<Get<P>>,
  signal?: AbortSignal,
): Promise<Answer<P>> {
  const ask = api.GET as unknown as (path: P, init: unknown) => Promise<{ data: Answer<P> }>;
  const { data } = await ask(path, { params, signal });
  return data;
}

/** What an answer's rows are about: an answer about other things must not stand below the new heading. */
export function subject(asked: unknown): string {
  const one = (asked ?? {}) as { measure?: unknown; by?: unknown; query?: { by?: unknown } };
  if (Array.isArray(asked)) return JSON.stringify(asked.map(subject));
  return JSON.stringify([one.measure, one.by, one.query?.by]);
}

/** The answer before, as long as it is about the same. place: of what was asked in the key. */
function keeping(place: number, asked: unknown) {
  return {
    placeholderData: ((before: unknown, query?: { queryKey: readonly unknown[] }) =>
      query && subject(query.queryKey[place]) === subject(asked) ? before : undefined) as never,
  };
}

/** One GET. keep: shows the last answer while the next is on its way, unless it is broken down by something else. */
export function useGet<P extends GetPath>(
  path: P,
  params: Params<Get<P>> = {} as Params<Get<P>>,
  options: Options<Answer<P>> = {},
): UseQueryResult<Answer<P>, Error> {
  const { keep, ...rest } = options;
  return useQuery<Answer<P>, Error>({
    queryKey: [path, params, projectName()],
    queryFn: ({ signal }) => get(path, params, signal),
    ...(keep ? keeping(1, params) : {}),
    ...rest,
  });
}

/** Answers one Query, or several in one request. */
export async function ask<Q extends Query | Query[]>(
  query: Q,
  signal?: AbortSignal,
): Promise<Q extends Query[] ? QueryAnswer[] : QueryAnswer> {
  let response: Response;
  try {
    response = await fetch("/api/v1/query", {
      method: "POST",
      headers: { ...headers(), "content-type": "application/json" },
      body: JSON.stringify(query),
      signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "unreachable", "Nervure does not answer. Is the server still running?");
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Q extends Query[] ? QueryAnswer[] : QueryAnswer;
}

/** The answer of a Query (or of a list of them, in one request). null asks nothing. */
export function useAsk<Q extends Query | Query[]>(
  query: Q | null,
  options: Options<Q extends Query[] ? QueryAnswer[] : QueryAnswer> = {},
): UseQueryResult<Q extends Query[] ? QueryAnswer[] : QueryAnswer, Error> {
  type Body = Q extends Query[] ? QueryAnswer[] : QueryAnswer;
  const { keep = true, ...rest } = options;
  return useQuery<Body, Error>({
    queryKey: ["ask", query, projectName()],
    queryFn: ({ signal }) => ask(query as Q, signal),
    enabled: query !== null,
    ...(keep ? keeping(1, query) : {}),
    ...rest,
  });
}
