// The API from its own schema, without anything from elsewhere.
const element = (tag, text, name) => Object.assign(document.createElement(tag), { textContent: text || "", className: name || "" });

function parameters(operation) {
  const table = element("table");
  for (const one of operation.parameters || []) {
    const row = table.insertRow();
    row.append(element("td", one.name + (one.required ? " *" : "")), element("td", one.in, "soft"), element("td", one.description));
    row.cells[0].style.fontFamily = "ui-monospace, monospace";
  }
  return table;
}

function shown(method, path, operation) {
  const box = element("details");
  const summary = element("summary");
  summary.append(element("code", `${method.toUpperCase()} ${path}`), element("span", `  ${operation.summary || ""}`, "soft"));
  box.append(summary, element("p", operation.description), parameters(operation));
  const body = operation.requestBody && operation.requestBody.content;
  if (body) box.append(element("p", "Body:", "soft"), element("pre", JSON.stringify(body, null, 2)));
  if (method === "get" && !path.includes("{")) {
    const button = element("button", "Ask");
    const answer = element("pre");
    answer.hidden = true;
    button.onclick = async () => {
      answer.hidden = false;
      answer.textContent = "...";
      answer.textContent = (await (await fetch(path)).text()).slice(0, 20000);
    };
    box.append(button, answer);
  }
  return box;
}

fetch("/openapi.json").then((answer) => answer.json()).then((schema) => {
  document.getElementById("about").textContent = schema.info.description;
  const root = document.getElementById("operations");
  root.replaceChildren();
  for (const [path, methods] of Object.entries(schema.paths))
    for (const [method, operation] of Object.entries(methods)) root.append(shown(method, path, operation));
}).catch((error) => { document.getElementById("operations").textContent = `The schema cannot be read: ${error.message}`; });
