import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { links } from "@/lib/links";
import { Severity } from "./Tags";
import type { Incident } from "./words";
import css from "./incidents.module.css";

const RULES = {
  slo: { word: "service level", link: links.slo },
  budget: { word: "budget", link: links.budget },
  monitor: { word: "monitor", link: links.monitor },
};

/** Alerts of service levels, budgets and monitors that are part of an incident. Nothing without any. */
export function RuleAlerts({ incident }: { incident: Incident }) {
  if (incident.alerts.length === 0) return null;
  return (
    <Panel title="Alerts" about="of service levels, budgets and monitors: of rules that people made" flush>
      <Rows
        label="Alerts of this incident"
        rows={incident.alerts}
        keyOf={(alert) => alert.finding}
        columns={[
          { title: "Severity", cell: (alert) => <Severity of={alert.severity} /> },
          {
            title: "Rule",
            cell: (alert) => (
              <>
                <Link className="link" to={RULES[alert.kind].link(alert.rule)}>
                  {alert.name}
                </Link>{" "}
                <span className="dim">{RULES[alert.kind].word}</span>
              </>
            ),
          },
          {
            title: "What",
            cell: (alert) => (
              <Link className={`link ${css.said}`} to={links.finding(alert.finding)}>
                {alert.text}
              </Link>
            ),
          },
          { title: "From", cell: (alert) => <Time at={alert.start} /> },
          { title: "To", cell: (alert) => (alert.end ? <Time at={alert.end} /> : "still") },
        ]}
      />
    </Panel>
  );
}
