import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

const LOOKS = EditorView.theme({
  "&": {
    fontSize: "12.5px",
    background: "var(--surface)",
    color: "var(--mantine-color-text)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", minHeight: "260px", maxHeight: "60vh" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": { background: "var(--sunken)", color: "var(--mantine-color-dimmed)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "var(--hover)" },
  ".cm-selectionBackground": { background: "var(--chosen) !important" },
  ".cm-tooltip": { background: "var(--surface)", color: "var(--mantine-color-text)", border: "1px solid var(--line)" },
});

interface EditorProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  /** A mistake and its zero-based line. */
  mistake?: { line: number; message: string } | null;
  onSave?: () => void;
}

/** A text with line numbers, and a mark where it is wrong. Escape and then Tab leaves it. */
export default function TomlEditor({ label, text, onChange, mistake, onSave }: EditorProps) {
  const element = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ onChange, onSave, text });
  useEffect(() => {
    latest.current = { onChange, onSave, text };
  });
  useEffect(() => {
    const made = new EditorView({
      parent: element.current!,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          lineNumbers(),
          history(),
          highlightActiveLine(),
          lintGutter(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          keymap.of([
            { key: "Mod-s", preventDefault: true, run: () => (latest.current.onSave?.(), true) },
            ...defaultKeymap,
            ...historyKeymap,
          ]),
          LOOKS,
          EditorView.updateListener.of(
            (update) => update.docChanged && latest.current.onChange(update.state.doc.toString()),
          ),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, [label]);
  useEffect(() => {
    const made = view.current;
    if (made && made.state.doc.toString() !== text)
      made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const made = view.current;
    if (!made) return;
    const line = mistake ? made.state.doc.line(Math.min(mistake.line + 1, made.state.doc.lines)) : null;
    made.dispatch(
      setDiagnostics(
        made.state,
        mistake && line ? [{ from: line.from, to: line.to, severity: "error", message: mistake.message }] : [],
      ),
    );
  }, [mistake]);
  return <div ref={element} />;
}
