import ReactMarkdown, { type Components } from "react-markdown";
import gfm from "remark-gfm";
import { Code } from "./Code";

const components: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer noopener" className="link">
      {children}
    </a>
  ),
  // An image's address can tell its owner who looks at it: it stays a link.
  img: ({ src, alt }) =>
    typeof src === "string" ? (
      <a href={src} target="_blank" rel="noreferrer noopener" className="link">
        [image: {alt || "no description"}]
      </a>
    ) : null,
  pre: ({ children }) => {
    const child = children as { props?: { children?: unknown } } | null;
    return <Code text={String(child?.props?.children ?? "").replace(/\n$/, "")} label="code" />;
  },
};

const PLUGINS = [gfm];

export default function MarkdownRendered({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={PLUGINS} components={components}>
      {text}
    </ReactMarkdown>
  );
}
