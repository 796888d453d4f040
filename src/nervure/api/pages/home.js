// The page before the web app: what the server holds, in numbers it can prove.
const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1, notation: "compact" });
const cents = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const small = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 2 });
const money = (usd) => (usd > 0 && usd < 0.0001 ? "< $0.0001" : (usd === 0 || usd >= 1 ? cents : small).format(usd));
const duration = (ms) => (ms >= 1000 ? `${number.format(ms / 1000)} s` : `${number.format(ms)} ms`);
const element = (tag, text, name) => Object.assign(document.createElement(tag), { textContent: text, className: name || "" });

byId("send").textContent = `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;

async function get(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || answer.statusText);
  return body;
}

async function ready() {
  const answer = await fetch("/readyz");
  byId("ready").textContent = answer.ok ? "It is ready." : "It is not ready: see /readyz.";
  byId("ready").className = answer.ok ? "good" : "bad";
}

async function counts() {
  const measures = ["count", "error_rate", "latency.p95", "tokens.total", "cost.sum", "cost.unpriced"];
  const titles = ["spans", "errors", "p95 latency", "tokens", "cost", "calls without a price"];
  const show = [number.format, (v) => `${(100 * v).toFixed(2)} %`, duration, number.format, money, number.format];
  const answer = await get("/api/v1/query", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ measure: measures, from: "-24h" }),
  });
  measures.forEach((measure, at) => {
    const series = answer.series.find((one) => one.measure === measure);
    const value = series && series.points.length ? series.points[0].value : null;
    const card = element("div", "", "card");
    card.append(element("b", value === null ? "–" : show[at](value)), element("span", titles[at], "soft"));
    byId("counts").append(card);
  });
}

// A call without a known price is never shown as $0.
function cost(item) {
  if (!item.call_count) return "–";
  if (!item.priced_count) return item.unpriced_count ? "unpriced" : "–";
  return money(item.cost_total) + (item.unpriced_count ? " + unpriced" : "");
}

async function traces() {
  const { items } = await get("/api/v1/traces?limit=20");
  const table = byId("traces");
  if (!items.length) {
    table.caption.hidden = false;
    table.caption.textContent = "No trace yet. Point an exporter here and reload.";
    return;
  }
  const head = table.createTHead().insertRow();
  ["start", "name", "service", "spans", "errors", "duration", "tokens", "cost"].forEach((title, at) =>
    head.append(element("th", title, at > 2 ? "number" : "")));
  const body = table.createTBody();
  for (const item of items) {
    const row = body.insertRow();
    const link = element("a", item.name || item.trace_id);
    link.href = `/api/v1/traces/${encodeURIComponent(item.trace_id)}`;
    row.append(element("td", item.start.slice(0, 19).replace("T", " ")));
    const name = element("td", "");
    name.append(link);
    row.append(name, element("td", item.service));
    for (const text of [item.span_count, item.error_count, duration(item.duration_ms), item.call_count ? number.format(item.total_tokens) : "–", cost(item)])
      row.append(element("td", text, "number"));
  }
}

for (const part of [ready, counts, traces])
  part().catch((error) => { byId("note").textContent = `${byId("note").textContent} ${error.message}`; });
