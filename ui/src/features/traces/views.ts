/** Saved views: the part of the address that is kept under a name. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";

export type View = Schemas["ViewAnswer"];

const PAGE = "traces";
/** What belongs to the moment and not to the view. */
const FLEETING = ["peek", "span", "view", "project", "live"];

/** The part of an address that a view keeps, in one order, so that equal views have equal texts. */
export function viewSearch(params: URLSearchParams): string {
  const kept = [...params].filter(([name]) => !FLEETING.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return new URLSearchParams(kept).toString();
}

export function useViews() {
  const client = useQueryClient();
  const go = useNavigate();
  const { pathname } = useLocation();
  const [params] = useSearchParams();
  const list = useGet("/api/v1/views", { query: { page: PAGE } }, { staleTime: 60_000 });
  const views = useMemo(() => list.data?.items ?? [], [list.data]);
  const current = views.find((view) => view.id === params.get("view"));
  const search = viewSearch(params);
  const done = () => client.invalidateQueries({ queryKey: ["/api/v1/views"] });
  const open = useCallback(
    (view: View, replace = false) => {
      const next = new URLSearchParams(view.search);
      next.set("view", view.id);
      void go({ pathname, search: next.toString() }, { replace });
    },
    [go, pathname],
  );
  const create = useMutation({
    mutationFn: async (made: { name: string; is_default: boolean }) =>
      (await api.POST("/api/v1/views", { body: { page: PAGE, search, ...made } })).data,
    onSuccess: async (made) => {
      await done();
      if (made) open(made);
    },
  });
  const change = useMutation({
    mutationFn: async ({ id, ...body }: { id: string; name?: string; search?: string; is_default?: boolean }) =>
      (await api.PATCH("/api/v1/views/{view_id}", { params: { path: { view_id: id } }, body })).data,
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: async (id: string) =>
      (await api.DELETE("/api/v1/views/{view_id}", { params: { path: { view_id: id } } })).data,
    onSuccess: done,
  });
  return {
    list,
    views,
    current,
    search,
    isChanged: current !== undefined && viewSearch(new URLSearchParams(current.search)) !== search,
    open,
    create,
    change,
    remove,
  };
}

export type Views = ReturnType<typeof useViews>;
