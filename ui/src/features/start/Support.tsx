import { IconCheck, IconX } from "@tabler/icons-react";
import { Panel } from "@/design/PageFrame";
import css from "./Start.module.css";
import { supportOf } from "./support";

/** What works with a client, as the tests of this version showed, and what is known not to. */
export function Support({ client }: { client: string }) {
  const { works, missing } = supportOf(client);
  if (!works.length && !missing.length) return null;
  return (
    <Panel title="What works" about="as the tests of this version show">
      <ul className={css.support} aria-label="Works">
        {works.map((feature) => (
          <li key={feature}>
            <IconCheck size={16} color="var(--ok)" aria-hidden />
            <span>{feature}</span>
          </li>
        ))}
      </ul>
      {!works.length && <p className="dim">No test of this version has shown it yet.</p>}
      {missing.length > 0 && (
        <>
          <div className={css.title}>What does not</div>
          <ul className={css.support} aria-label="Does not work">
            {missing.map((text) => (
              <li key={text}>
                <IconX size={16} color="var(--bad)" aria-hidden />
                <span>{text}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
