import { Select } from "@mantine/core";
import { useNavigate } from "react-router";
import { setProjectName } from "@/api/client";
import { useGet } from "@/api/hooks";
import { links } from "@/lib/links";
import { useMe } from "@/api/me";

const NEW = "\u0000new";

/** Looks at another project: everything is read anew, at the list the present page belongs to. */
export function switchProject(name: string): void {
  setProjectName(name);
  const [, app, top = ""] = location.pathname.split("/");
  location.assign(`/${app}/${top}`);
}

/** Which project is looked at. */
export function ProjectSwitch() {
  const me = useMe();
  const projects = useGet("/api/v1/projects", {}, { staleTime: 60_000 });
  const go = useNavigate();
  if (!me.data) return null;
  const current = me.data.project;
  const names = [...new Set([current, ...(projects.data?.items.map((project) => project.name) ?? [])])].sort();
  if (me.data.only_project)
    return (
      <div style={{ padding: "0 8px 6px" }} className="dim cut" title="Your key opens only this project">
        {current}
      </div>
    );
  return (
    <Select
      aria-label="Project"
      px={4}
      pb={4}
      data={[
        { group: "Projects", items: names },
        { group: "", items: [{ value: NEW, label: "Manage projects…" }] },
      ]}
      value={current}
      onChange={(name) => {
        if (name === NEW) void go(links.settings("projects"));
        else if (name && name !== current) switchProject(name);
      }}
      searchable={names.length > 7}
      allowDeselect={false}
      checkIconPosition="right"
      maxDropdownHeight={360}
    />
  );
}
