import type { AnchorHTMLAttributes, Ref } from "react";
import { useHref, useLinkClickHandler, type To } from "react-router";

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  to: To;
  replace?: boolean;
  state?: unknown;
  ref?: Ref<HTMLAnchorElement>;
}

/**
 * A link within the app that can carry a tooltip or a card. The router's own Link makes a new ref at every drawing; what
 * hangs on it is then set anew each time, and with two such neighbours drawing never ends.
 */
export function Link({ to, replace, state, ref, onClick, target, children, ...rest }: LinkProps) {
  const href = useHref(to);
  const go = useLinkClickHandler<HTMLAnchorElement>(to, { replace, state, target });
  return (
    <a
      {...rest}
      ref={ref}
      href={href}
      target={target}
      onClick={(event) => {
        onClick?.(event);
        if (!event.defaultPrevented) go(event);
      }}
    >
      {children}
    </a>
  );
}
