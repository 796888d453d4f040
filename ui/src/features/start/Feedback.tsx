import { Text } from "@mantine/core";
import { Code } from "@/design/Code";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { links } from "@/lib/links";
import type { Target } from "./snippet";
import { thumbsSnippet } from "./thumbs";

/** How an application's users say whether an answer was good. */
export function Feedback({ to }: { to: Target }) {
  const key = to.key && "YOUR_FEEDBACK_KEY";
  return (
    <Panel title="Your users' thumbs" about="from a page, with nothing to install">
      <Text size="sm" mb="xs">
        {to.key ? (
          <>
            Make a{" "}
            <Link className="link" to={links.settings("keys")}>
              key
            </Link>{" "}
            whose only right is feedback: it may stand in a public page.{" "}
          </>
        ) : null}
        The page&apos;s origin must be in <code>NERVURE_FEEDBACK_ORIGINS</code>, e.g.{" "}
        <code>[&quot;https://shop.example&quot;]</code>. From Python it is{" "}
        <code>nervure.feedback(True, trace_id=…)</code>.
      </Text>
      <Code text={thumbsSnippet({ ...to, key })} label="feedback snippet" />
    </Panel>
  );
}
