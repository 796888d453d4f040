import { useId, type ReactNode } from "react";
import { RangePicker } from "./RangePicker";
import css from "./PageFrame.module.css";

interface FrameProps {
  title: ReactNode;
  /** A few words after the title. */
  about?: ReactNode;
  /** Buttons at the right, before the time range. */
  actions?: ReactNode;
  /** Whether the page depends on the global time range. */
  range?: boolean;
  /** The content fills the window and scrolls itself (tables, trees). */
  fills?: boolean;
  children: ReactNode;
}

/** A page: heading, actions, time range, content. */
export function PageFrame({ title, about, actions, range = false, fills = false, children }: FrameProps) {
  return (
    <div className={css.frame}>
      <header className={css.head}>
        <h1 className={css.title}>{title}</h1>
        {about && <div className={css.about}>{about}</div>}
        <div className={css.actions}>
          {actions}
          {range && <RangePicker />}
        </div>
      </header>
      <div className={fills ? css.filled : css.body}>{children}</div>
    </div>
  );
}

/** A titled part of a page. */
export function Panel({
  title,
  about,
  actions,
  children,
  flush = false,
}: {
  title?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}) {
  const id = useId();
  return (
    <section className={css.panel} aria-labelledby={title ? id : undefined}>
      {(title || actions) && (
        <div className={css.panelHead}>
          {title && (
            <h2 className={css.panelTitle} id={id}>
              {title}
            </h2>
          )}
          {about && <span className="dim">{about}</span>}
          <span className={css.panelActions}>{actions}</span>
        </div>
      )}
      <div className={flush ? undefined : css.panelBody} style={flush && title ? { paddingTop: 8 } : undefined}>
        {children}
      </div>
    </section>
  );
}
