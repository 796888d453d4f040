import { lazy, Suspense } from "react";
import css from "./Markdown.module.css";

const Rendered = lazy(() => import("./MarkdownRendered"));

/** Text as Markdown. Raw HTML is shown as text, images from elsewhere are not loaded. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className={css.text}>
      <Suspense fallback={<span style={{ whiteSpace: "pre-wrap" }}>{text}</span>}>
        <Rendered text={text} />
      </Suspense>
    </div>
  );
}
