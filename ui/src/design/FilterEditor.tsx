import { ActionIcon, Tooltip } from "@mantine/core";
import { IconFilter, IconX } from "@tabler/icons-react";
import {
  autocompletion,
  completionKeymap,
  completionStatus,
  startCompletion,
  type Completion,
  type CompletionContext,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, placeholder as placeholderOf } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";
import { api } from "@/api/client";
import { get, queries } from "@/api/hooks";
import { count } from "@/lib/format";
import { literal } from "@/lib/query";
import type { FilterProps, Signal } from "./FilterField";
import { placeOf, type FieldInfo } from "./filterLanguage";
import { tellMistake } from "./toldMistakes";
import css from "./FilterField.module.css";

const CHECK_AFTER_MS = 350;
const OFFERED = 60;

async function fieldsOf(table: Signal): Promise<FieldInfo[]> {
  const told = (await queries.fetchQuery({
    queryKey: ["fields"],
    queryFn: ({ signal }) => get("/api/v1/fields", {}, signal),
    staleTime: 600_000,
  })) as unknown as Record<Signal, FieldInfo[]>;
  return told[table];
}

type Source = Pick<FilterProps, "table" | "from" | "to">;

async function valuesOf(field: string, prefix: string, { table = "spans", from, to }: Source): Promise<Completion[]> {
  const query = { field, prefix, from, to, limit: 30, signal: table };
  const told = await queries.fetchQuery({
    queryKey: ["completion", query],
    queryFn: ({ signal }) => get("/api/v1/values", { query }, signal),
    staleTime: 30_000,
  });
  return told.items.map((item) => ({ label: item.value, detail: count(item.count) }));
}

async function complete(context: CompletionContext, source: Source) {
  const text = context.state.sliceDoc(0, context.pos);
  const place = placeOf(text);
  const fields = await fieldsOf(source.table ?? "spans");
  if (place.kind === "field") {
    const options = [
      ...fields.map((field) => ({
        label: field.name,
        detail: field.about,
        apply: field.takes_key ? `${field.name}["` : `${field.name} `,
      })),
      { label: "not", detail: "the contrary", apply: "not " },
    ];
    return { from: place.from, options, validFor: /^[\w.]*$/ };
  }
  if (place.kind === "joint")
    return {
      from: place.from,
      options: ["and", "or"].map((label) => ({ label, apply: `${label} ` })),
      validFor: /^\w*$/,
    };
  if (place.kind === "operator") {
    const root = place.field.replace(/\[.*/, "");
    const field = fields.find((one) => one.name === root || one.aliases.includes(root));
    const options = (field?.operators ?? []).map((label) => ({
      label,
      apply: label === "exists" ? "exists " : label.endsWith("in") ? `${label} (` : `${label} `,
    }));
    return { from: place.from, options, validFor: /^[\w=!<>~]*$/ };
  }
  if (place.kind === "key") {
    const keys =
      place.field === "attr" || place.field === "score"
        ? await valuesOf(place.field, place.word, source).catch(() => [])
        : [];
    return { from: place.from, options: keys.slice(0, OFFERED).map((key) => ({ ...key, apply: `${key.label}"] ` })) };
  }
  const known = fields.find((one) => one.name === place.field || one.aliases.includes(place.field));
  if (!known && !place.field.includes("[")) return null;
  if (known && ["number", "duration", "time"].includes(known.type)) return null;
  if (known?.type === "bool")
    return { from: place.from, options: ["true", "false"].map((label) => ({ label, apply: `${label} ` })) };
  // A field that has no list of values (free text) offers none; that is no error of the writer.
  const values =
    known && known.values.length > 0
      ? known.values.map((label): Completion => ({ label }))
      : await valuesOf(place.field, place.word, source).catch(() => []);
  return {
    from: place.from,
    filter: false,
    options: values
      .filter((value) => value.label.toLowerCase().includes(place.word.toLowerCase()))
      .slice(0, OFFERED)
      .map((value) => ({ ...value, apply: `${literal(value.label)} ` })),
  };
}

interface Mistake {
  text: string;
  from: number;
  /** The filter as the server was asked, with variables filled in. */
  asked: string;
}

type Checked = Pick<FilterProps, "fill"> & { table: Signal };

async function mistakeIn(where: string, { table, fill }: Checked): Promise<Mistake | null> {
  if (!where.trim()) return null;
  let asked = { text: where, place: (position: number) => position };
  try {
    if (fill) asked = fill(where);
  } catch (error) {
    const { message, position = 0 } = error as Error & { position?: number };
    return { text: message, from: position, asked: where };
  }
  // A server that does not answer says nothing about the filter; the page's own questions tell of it.
  const { data } = await api
    .POST("/api/v1/filter/check", { body: { where: asked.text, table } })
    .catch(() => ({ data: undefined }));
  if (!data || data.valid) return null;
  const expected = data.expected?.length ? `\nPossible here: ${data.expected.slice(0, 12).join(", ")}` : "";
  const from = Math.min(asked.place(data.position ?? 0), where.length);
  return { text: `${data.problem}${expected}`, from, asked: asked.text };
}

/** Marks where the text goes wrong; null takes the mark away. */
function mark(editor: EditorView, found: Mistake | null) {
  const end = editor.state.doc.length;
  const marks = found
    ? [{ from: Math.min(found.from, Math.max(0, end - 1)), to: end, severity: "error" as const, message: found.text }]
    : [];
  editor.dispatch(setDiagnostics(editor.state, marks));
}

/** The editor of FilterField. Loaded when first needed. */
export default function FilterEditor({
  value,
  onApply,
  table = "spans",
  from,
  to,
  placeholder = 'kind = "llm" and latency > 2s',
  label = "Filter",
  fill,
  appliesOnBlur = false,
  onState,
}: FilterProps) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [mistake, setMistake] = useState<Mistake | null>(null);
  const [isBlank, setBlank] = useState(!value);
  const latest = useRef({ onApply, table, from, to, value, fill, appliesOnBlur, onState });
  useEffect(() => {
    latest.current = { onApply, table, from, to, value, fill, appliesOnBlur, onState };
  });

  useEffect(() => {
    let timer = 0;
    const check = async (editor: EditorView, isWriting = false) => {
      const text = editor.state.doc.toString();
      const told = await mistakeIn(text, latest.current);
      // Who is still writing need not be told that the end is missing.
      const found = told && isWriting && editor.hasFocus && told.from >= text.trimEnd().length ? null : told;
      if (view.current !== editor || editor.state.doc.toString() !== text) return true;
      setMistake(found);
      if (found) latest.current.onState?.("wrong");
      mark(editor, found);
      return told !== null;
    };
    const apply = (editor: EditorView) => {
      window.clearTimeout(timer);
      void check(editor).then((isWrong) => {
        if (isWrong) return;
        latest.current.onApply(editor.state.doc.toString().trim());
        latest.current.onState?.("applied");
      });
      return true;
    };
    const editor = new EditorView({
      parent: holder.current!,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          history(),
          // Enter applies, unless a completion is being chosen.
          keymap.of([
            ...completionKeymap.filter((binding) => binding.key !== "Escape"),
            { key: "Enter", run: apply },
            {
              key: "Tab",
              run: (editor) =>
                completionStatus(editor.state) === "active" &&
                (completionKeymap.find((one) => one.key === "Enter")?.run?.(editor) ?? false),
            },
            ...defaultKeymap,
            ...historyKeymap,
          ]),
          EditorState.transactionFilter.of((change) => (change.newDoc.lines > 1 ? [] : change)),
          autocompletion({
            override: [(context) => complete(context, latest.current)],
            activateOnTyping: true,
            icons: false,
            closeOnBlur: true,
            defaultKeymap: true,
          }),
          placeholderOf(placeholder),
          EditorView.domEventHandlers({
            blur: (_, editor) => {
              const text = editor.state.doc.toString().trim();
              if (latest.current.appliesOnBlur && text !== latest.current.value) apply(editor);
            },
          }),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            setBlank(update.state.doc.length === 0);
            const isInForce = update.state.doc.toString().trim() === latest.current.value;
            latest.current.onState?.(isInForce ? "applied" : "written");
            window.clearTimeout(timer);
            timer = window.setTimeout(() => void check(update.view, true), CHECK_AFTER_MS);
            // After a completion that leads on, the next choice is offered at once.
            if (
              update.transactions.some((one) => one.isUserEvent("input.complete")) &&
              / $|\($|\["$/.test(update.state.doc.toString())
            )
              queueMicrotask(() => startCompletion(update.view));
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      window.clearTimeout(timer);
      view.current = null;
      editor.destroy();
    };
    // The editor lives as long as the component; what changes reaches it through `latest`.
  }, [placeholder, label]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value && editor.state.doc.toString().trim() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  // What came with the address or from a form was applied by nobody, so nobody has checked it.
  useEffect(() => {
    let isOver = false;
    let takeBack = () => {};
    void mistakeIn(value, { table, fill: latest.current.fill }).then((found) => {
      if (isOver || !found) return;
      takeBack = tellMistake(found.asked);
      const editor = view.current;
      if (editor?.state.doc.toString().trim() !== value) return;
      setMistake(found);
      mark(editor, found);
    });
    return () => {
      isOver = true;
      takeBack();
    };
  }, [value, table]);

  return (
    <>
      <div className={`${css.box} ${mistake ? css.wrong : ""}`}>
        <IconFilter size={14} color="var(--mantine-color-dimmed)" aria-hidden />
        <div ref={holder} className={css.editor} />
        {!isBlank && (
          <Tooltip label="Clear the filter">
            <ActionIcon
              size="sm"
              aria-label="Clear the filter"
              onClick={() => {
                const editor = view.current;
                editor?.dispatch({ changes: { from: 0, to: editor.state.doc.length } });
                setMistake(null);
                onApply("");
              }}
            >
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {mistake && (
        <div className={css.problem} role="alert">
          {mistake.text}
        </div>
      )}
    </>
  );
}
