import { CloseButton } from "@mantine/core";
import { useSessionStorage } from "@mantine/hooks";
import { Link, useLocation } from "react-router";
import { useGet } from "@/api/hooks";
import { links } from "@/lib/links";
import css from "./Start.module.css";

/** Says on every page that what is seen is a simulation. */
export function DemoBanner() {
  const { pathname } = useLocation();
  const [isClosed, setClosed] = useSessionStorage({
    key: "nervure.demo.seen",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const demo = useGet("/api/v1/demo", {}, { staleTime: 300_000, enabled: !isClosed });
  if (isClosed || !demo.data?.spans || pathname === links.start()) return null;
  const isAll = demo.data.other_spans === 0;
  return (
    <div className={css.banner}>
      <span>
        {isAll
          ? "You are looking at a simulated company."
          : "This project mixes your telemetry with a simulated company's."}
      </span>
      <Link className="link" to={links.start()}>
        {isAll ? "Send your own telemetry" : "Remove demo data"}
      </Link>
      <CloseButton size="xs" aria-label="Hide this note" onClick={() => setClosed(true)} />
    </div>
  );
}
