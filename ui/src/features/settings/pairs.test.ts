import { expect, test } from "vitest";
import { listed, pairs, written } from "./pairs";

test("lines of names and values", () => {
  expect(pairs("authorization: Basic a:b==\n\nx-key : 1\nnothing\nempty: \n: no name")).toEqual({
    authorization: "Basic a:b==",
    "x-key": "1",
  });
});

test("what is written is read again", () => {
  const values = { authorization: "Bearer x", "x-a": "b: c" };
  expect(pairs(written(values))).toEqual(values);
});

test("words between commas or line ends", () => {
  expect(listed(" a.*, b\nc,, ")).toEqual(["a.*", "b", "c"]);
});
