import { ActionIcon, Burger, Tooltip, useMantineColorScheme } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import {
  IconDeviceDesktop,
  IconKeyboard,
  IconLayoutSidebar,
  IconMoon,
  IconSearch,
  IconSun,
  IconWorld,
} from "@tabler/icons-react";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Outlet, useLocation, useMatches, useNavigate } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { Problem } from "@/api/client";
import { Loading } from "@/design/Async";
import { Link } from "@/design/Link";
import { useKeepRange } from "@/lib/address";
import { setZone, useZone, zoneName } from "@/lib/time";
import { GROUPS, type Page } from "./page";
import { PAGES, SLOTS } from "./registry";
import { openOverlay } from "./overlay";
import { shownKeys, useKeyboard, useShortcuts } from "./shortcuts";
import css from "./Shell.module.css";

/** Navigation, the page, and what features draw beside it. */
export function Shell() {
  useKeyboard();
  usePageTitle();
  usePageKeys();
  const needsKey = useNeedsKey();
  const [isOpen, setOpen] = useState(false);
  const { pathname } = useLocation();
  const [shownAt, setShownAt] = useState(pathname);
  if (shownAt !== pathname) {
    setShownAt(pathname);
    setOpen(false);
  }
  const SignIn = SLOTS.find((slot) => slot.signIn)?.signIn;
  if (needsKey && SignIn) return <SignIn />;
  return (
    <div className={css.shell}>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <div className={css.bar}>
        <Burger
          opened={isOpen}
          onClick={() => setOpen(!isOpen)}
          size="sm"
          aria-label="Navigation"
          aria-expanded={isOpen}
        />
        <Brand />
        <ActionIcon ml="auto" aria-label="Search" onClick={() => openOverlay("palette")}>
          <IconSearch size={18} />
        </ActionIcon>
      </div>
      {isOpen && (
        <button type="button" className={css.shade} aria-label="Close navigation" onClick={() => setOpen(false)} />
      )}
      <Navigation isOpen={isOpen} />
      <main className={css.main} id="content" tabIndex={-1}>
        {SLOTS.map((slot, index) => slot.banner && <slot.banner key={index} />)}
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      {SLOTS.map((slot, index) => slot.overlay && <slot.overlay key={index} />)}
    </div>
  );
}

function Brand() {
  return (
    <Link to="/" className={css.brand}>
      <img src="/assets/mark.svg" width={20} height={20} alt="" />
      <span className={css.word}>Nervure</span>
    </Link>
  );
}

function Navigation({ isOpen }: { isOpen: boolean }) {
  const keep = useKeepRange();
  const { pathname } = useLocation();
  const [isNarrow, setNarrow] = useLocalStorage({
    key: "nervure.nav.narrow",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const search = new URLSearchParams(
    Object.entries(keep).filter((entry): entry is [string, string] => Boolean(entry[1])),
  ).toString();
  return (
    <nav className={`${css.nav} ${isNarrow ? css.narrow : ""} ${isOpen ? css.open : ""}`} aria-label="Pages">
      <Brand />
      {SLOTS.map((slot, index) => slot.project && !isNarrow && <slot.project key={index} />)}
      {GROUPS.map((group) => (
        <div key={group}>
          <div className={css.group}>{group}</div>
          {PAGES.filter((page) => page.group === group).map((page) => (
            <Tooltip key={page.path} label={page.title} position="right" disabled={!isNarrow}>
              <Link
                className={css.item!}
                to={{ pathname: page.path, search }}
                aria-current={isAt(pathname, page.path) ? "page" : undefined}
                aria-label={page.title}
              >
                {page.icon && <page.icon size={17} stroke={1.6} aria-hidden />}
                <span className={css.word}>{page.title}</span>
              </Link>
            </Tooltip>
          ))}
        </div>
      ))}
      <Foot isNarrow={isNarrow} onNarrow={() => setNarrow(!isNarrow)} />
    </nav>
  );
}

/** Whether a page or one below it is shown. */
function isAt(pathname: string, path: string): boolean {
  return pathname === path || (path !== "/" && pathname.startsWith(`${path}/`));
}

function Foot({ isNarrow, onNarrow }: { isNarrow: boolean; onNarrow: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const zone = useZone();
  const next = colorScheme === "auto" ? "light" : colorScheme === "light" ? "dark" : "auto";
  const scheme = colorScheme === "auto" ? "by system" : colorScheme;
  return (
    <div className={css.foot}>
      <div className={css.row}>
        <Tooltip label={`Search and jump (${shownKeys("mod+k")})`} position="right">
          <ActionIcon aria-label="Search and jump" onClick={() => openOverlay("palette")}>
            <IconSearch size={17} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`Colours: ${scheme}`} position="right">
          <ActionIcon aria-label={`Colours: ${scheme}; change to ${next}`} onClick={() => setColorScheme(next)}>
            {colorScheme === "auto" ? (
              <IconDeviceDesktop size={17} />
            ) : colorScheme === "light" ? (
              <IconSun size={17} />
            ) : (
              <IconMoon size={17} />
            )}
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`Times in ${zoneName()}; click for ${zone === "UTC" ? "local time" : "UTC"}`} position="right">
          <ActionIcon aria-label={`Times in ${zoneName()}`} onClick={() => setZone(zone === "UTC" ? "local" : "UTC")}>
            <IconWorld size={17} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Keyboard shortcuts (?)" position="right">
          <ActionIcon aria-label="Keyboard shortcuts" onClick={() => openOverlay("shortcuts")}>
            <IconKeyboard size={17} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={isNarrow ? "Wide navigation" : "Narrow navigation"} position="right">
          <ActionIcon
            aria-label={isNarrow ? "Wide navigation" : "Narrow navigation"}
            onClick={onNarrow}
            visibleFrom="sm"
          >
            <IconLayoutSidebar size={17} />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}

/** The title of the tab, and the focus on the new page for those who cannot see it change. */
function usePageTitle(): void {
  const matches = useMatches();
  const page = matches.at(-1)?.handle as Page | undefined;
  const { pathname } = useLocation();
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = page ? `${page.title} · Nervure` : "Nervure";
    // A page that was long in coming must not take the focus from a dialog that was opened meanwhile.
    const isCovered = document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
    if (!isFirst.current && !isCovered) document.getElementById("content")?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [page, pathname]);
}

function usePageKeys(): void {
  const go = useNavigate();
  useShortcuts(
    useMemo(
      () => [
        ...PAGES.filter((page) => page.key).map((page) => ({
          keys: `g ${page.key}`,
          does: page.title,
          where: "Go to",
          run: () => void go(page.path),
        })),
        {
          keys: "mod+k",
          does: "Search and jump",
          where: "Everywhere",
          run: () => openOverlay("palette"),
          inFields: true,
        },
        { keys: "?", does: "Keyboard shortcuts", where: "Everywhere", run: () => openOverlay("shortcuts") },
      ],
      [go],
    ),
  );
}

/** Whether the server has asked for a key that this browser does not have. */
function useNeedsKey(): boolean {
  const client = useQueryClient();
  const [isNeeded, setNeeded] = useState(false);
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        const error = event.query.state.error;
        if (error instanceof Problem && error.status === 401) setNeeded(true);
      }),
    [client],
  );
  return isNeeded;
}
