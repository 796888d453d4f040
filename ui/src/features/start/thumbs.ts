/** What a page needs to send its users' thumbs. Pure. */

export interface Place {
  /** Base address of the server. */
  http: string;
  /** A key whose only right is feedback; "" when none is asked for. */
  key: string;
  /** "" for the server's default project, or the key's own. */
  project: string;
}

/** A snippet of plain JavaScript: no library, nothing to build. */
export function thumbsSnippet({ http, key, project }: Place): string {
  const headers = [
    `"content-type": "application/json"`,
    ...(key ? [`authorization: "Bearer ${key}"`] : []),
    ...(project ? [`"x-nervure-project": ${JSON.stringify(project)}`] : []),
  ].join(", ");
  return `<script>
  // traceId: of the answer, e.g. from a header of your own back end.
  function feedback(traceId, value, comment = "") {
    let visitor = localStorage.getItem("visitor");
    if (!visitor) localStorage.setItem("visitor", (visitor = crypto.randomUUID()));
    return fetch(${JSON.stringify(`${http}/api/v1/user-feedback`)}, {
      method: "POST",
      keepalive: true,
      headers: { ${headers} },
      body: JSON.stringify({ trace_id: traceId, value, comment, visitor }),
    }).then((answer) => {
      if (!answer.ok) throw new Error("feedback was not stored: " + answer.status);
    });
  }
</script>
<button onclick="feedback(TRACE_ID, true)" aria-label="Good answer">👍</button>
<button onclick="feedback(TRACE_ID, false, prompt('What was wrong?') ?? '')" aria-label="Bad answer">👎</button>`;
}
