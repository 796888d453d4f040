/** What is done to dashboards, and what the browser then no longer knows. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { get, type Schemas } from "@/api/hooks";
import { filledSpec, sent, type Spec, type Widget } from "./spec";

export type Dashboard = Schemas["DashboardAnswer"];
export type Summary = Schemas["DashboardSummary"];

export interface Content {
  name: string;
  description: string;
  spec: Spec;
}

/** A change that makes lists and dashboards be read anew. */
function useChange<Given, Made>(change: (given: Given) => Promise<Made>) {
  const client = useQueryClient();
  return useMutation<Made, Error, Given>({
    mutationFn: change,
    onSuccess: () =>
      client.invalidateQueries({
        predicate: ({ queryKey }) => typeof queryKey[0] === "string" && queryKey[0].startsWith("/api/v1/dashboards"),
      }),
  });
}

/** A JSON file becomes a new dashboard; the server checks it. */
export const useCreate = () =>
  useChange(async (body: Partial<Schemas["NewDashboard"]>): Promise<Dashboard> => {
    const { data } = await api.POST("/api/v1/dashboards", { body: body as Schemas["NewDashboard"] });
    return data as Dashboard;
  });

/** stamp: `changed` of the dashboard as it was read; throws Problem 409 when somebody changed it since. */
export const useSave = (id: string) =>
  useChange(async ({ stamp, ...content }: Content & { stamp: string }): Promise<Dashboard> => {
    const { data } = await api.PUT("/api/v1/dashboards/{dashboard_id}", {
      params: { path: { dashboard_id: id } },
      body: { ...content, spec: sent(content.spec), changed: stamp },
    });
    return data as Dashboard;
  });

/** One more widget on a dashboard as it is now. */
export const useAppend = () =>
  useChange(
    async ({ id, widget }: { id: string; widget: (widgets: readonly Widget[]) => Widget }): Promise<Dashboard> => {
      const found = await get("/api/v1/dashboards/{dashboard_id}", { path: { dashboard_id: id } });
      const spec = filledSpec(found.spec);
      const { data } = await api.PUT("/api/v1/dashboards/{dashboard_id}", {
        params: { path: { dashboard_id: id } },
        body: {
          name: found.name,
          description: found.description,
          spec: sent({ ...spec, widgets: [...spec.widgets, widget(spec.widgets)] }),
          changed: found.changed ?? "",
        },
      });
      return data as Dashboard;
    },
  );

export const useDuplicate = () =>
  useChange(async ({ id, name = "" }: { id: string; name?: string }): Promise<Dashboard> => {
    const { data } = await api.POST("/api/v1/dashboards/{dashboard_id}/duplicate", {
      params: { path: { dashboard_id: id } },
      body: { name },
    });
    return data as Dashboard;
  });

export const useRemove = () =>
  useChange(async (id: string): Promise<void> => {
    await api.DELETE("/api/v1/dashboards/{dashboard_id}", { params: { path: { dashboard_id: id } } });
  });

/** The dashboard as a file that can be imported here and elsewhere. */
export function exported({ name, description, spec }: Content): string {
  return `${JSON.stringify({ name, description, spec: sent(spec), format: "nervure.dashboard/1" }, null, 2)}\n`;
}
