import { Copy } from "@/design/Copy";
import { messagesOf, pieces, type Template } from "./template";
import css from "./prompts.module.css";

/** A template message by message, its variables marked. */
export function TemplateView({ template }: { template: Template }) {
  return (
    <div className={css.template}>
      {messagesOf(template).map(({ role, content }, index) => (
        <div key={index} className={css.message}>
          <div className={css.role}>
            <span>{role || "text"}</span>
            <Copy text={content} label={`the ${role || "text"}`} />
          </div>
          {role === "placeholder" ? (
            <span className={css.variable}>{content}</span>
          ) : (
            <div className={css.text}>
              {pieces(content).map((piece, at) =>
                at % 2 ? (
                  <mark key={at} className={css.variable}>
                    {piece}
                  </mark>
                ) : (
                  piece
                ),
              )}
            </div>
          )}
        </div>
      ))}
    </div>
  );
}
