import { expect, it } from "vitest";
import { PAGES } from "./registry";

it("gives each page a path and a key of its own", () => {
  const keys = PAGES.flatMap((page) => page.key ?? []);
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  const paths = PAGES.map((page) => page.path);
  expect(paths.filter((path, at) => paths.indexOf(path) !== at)).toEqual([]);
});
