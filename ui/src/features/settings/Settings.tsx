import { lazy, Suspense, type ComponentType, type LazyExoticComponent } from "react";
import { Navigate, NavLink, useLocation } from "react-router";
import { Loading } from "@/design/Async";
import { PageFrame } from "@/design/PageFrame";
import { links } from "@/lib/links";
import { SECTIONS } from "./sections";
import css from "./Settings.module.css";

const CONTENT: Record<string, LazyExoticComponent<ComponentType>> = Object.fromEntries(
  SECTIONS.map((section) => [section.id, lazy(section.load)]),
);

/** Everything that is configured in the catalog, a section each. */
export default function Settings() {
  const section = useLocation().pathname.split("/")[2] ?? "";
  const Content = CONTENT[section];
  if (!Content) return <Navigate to={links.settings(SECTIONS[0]!.id)} replace />;
  return (
    <PageFrame title="Settings" about={SECTIONS.find((one) => one.id === section)?.title}>
      <div className={css.split}>
        <nav className={css.nav} aria-label="Settings">
          {SECTIONS.map((one) => (
            <NavLink key={one.id} className={css.item!} to={links.settings(one.id)}>
              {one.title}
            </NavLink>
          ))}
        </nav>
        <div className={css.content}>
          <Suspense fallback={<Loading />}>
            <Content />
          </Suspense>
        </div>
      </div>
    </PageFrame>
  );
}
