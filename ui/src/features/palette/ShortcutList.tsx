import { Kbd, Modal } from "@mantine/core";
import { Fragment } from "react";
import { openOverlay } from "@/app/overlay";
import { shownKeys, useShortcutList, type Shortcut } from "@/app/shortcuts";
import css from "./palette.module.css";

/** Every shortcut that works here and now. */
export default function ShortcutList() {
  const list = useShortcutList();
  // The latest of the same keys is the one that works.
  const working = [...new Map(list.map((shortcut) => [shortcut.keys, shortcut])).values()];
  const groups = grouped(working);
  return (
    <Modal
      opened
      onClose={() => openOverlay(null)}
      title="Keyboard shortcuts"
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <div className={css.groups}>
        {[...groups].map(([where, shortcuts]) => (
          <section key={where}>
            <h2 className={css.where}>{where}</h2>
            <dl className={css.keys}>
              {shortcuts.map((shortcut) => (
                <Fragment key={shortcut.keys}>
                  <dt>
                    {shownKeys(shortcut.keys)
                      .split(" then ")
                      .map((stroke, index) => (
                        <Fragment key={index}>
                          {index > 0 && <span className="dim"> then </span>}
                          <Kbd size="xs">{stroke}</Kbd>
                        </Fragment>
                      ))}
                  </dt>
                  <dd>{shortcut.does}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function grouped(shortcuts: Shortcut[]): Map<string, Shortcut[]> {
  const groups = new Map<string, Shortcut[]>();
  for (const shortcut of shortcuts) groups.set(shortcut.where, [...(groups.get(shortcut.where) ?? []), shortcut]);
  return groups;
}
