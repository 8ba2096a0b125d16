"use strict";
// The pages work without this: it paints, follows and asks back.

for (const time of document.querySelectorAll("time[data-epoch]")) tellTime(time);

function tellTime(time) {
  const moment = new Date(Number(time.dataset.epoch) * 1000);
  if (isNaN(moment)) return;
  time.dateTime = moment.toISOString();
  time.title = moment.toISOString();
  time.textContent = moment.toLocaleTimeString([], { hour12: false });
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, button");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const field = document.querySelector("main input:not([type=hidden]), main textarea");
    if (field) { event.preventDefault(); field.focus(); }
    return;
  }
  const link = document.querySelector(`header nav a[data-key="${CSS.escape(event.key)}"]`);
  if (link) link.click();
});

const expression = document.getElementById("expression");
if (expression) {
  const paint = document.querySelector(".paint");
  const words = "select|from|where|order|by|asc|desc|limit|and|or|not|in|like|between|is|null|every|intersection|itemName|count";
  const parts = new RegExp("('(?:[^']|'')*'?|\"(?:[^\"]|\"\")*\"?)|(`(?:[^`]|``)*`?)|\\b(" + words + ")\\b", "gi");
  const repaint = () => {
    paint.replaceChildren();
    let last = 0;
    for (const found of expression.value.matchAll(parts)) {
      paint.append(expression.value.slice(last, found.index));
      const span = document.createElement("span");
      span.className = found[1] ? "l" : found[2] ? "n" : "k";
      span.textContent = found[0];
      paint.append(span);
      last = found.index + found[0].length;
    }
    paint.append(expression.value.slice(last) + "\n");
    paint.scrollTop = expression.scrollTop;
  };
  paint.parentElement.classList.add("painted");
  expression.addEventListener("input", repaint);
  expression.addEventListener("scroll", repaint);
  expression.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) expression.form.requestSubmit();
  });
  repaint();
  remember(expression);
}

function remember(field) {
  const key = "basicdb-mock select history";
  let past = [];
  try { past = JSON.parse(localStorage.getItem(key)) || []; } catch { past = []; }
  if (field.value) {
    past = [field.value, ...past.filter((text) => text !== field.value)].slice(0, 20);
    try { localStorage.setItem(key, JSON.stringify(past)); } catch { /* a private window keeps nothing */ }
  }
  if (!past.length) return;
  const label = document.createElement("label");
  label.textContent = "History ";
  const list = document.createElement("select");
  list.append(new Option("…", ""));
  for (const text of past) list.append(new Option(text, text));
  list.addEventListener("change", () => {
    if (!list.value) return;
    field.value = list.value;
    field.dispatchEvent(new Event("input"));
    field.focus();
  });
  label.append(list);
  document.querySelector(".history").append(label);
}

const live = document.getElementById("live");
if (live && window.EventSource) {
  const rows = document.querySelector("#calls tbody");
  const wanted = new URLSearchParams(location.search);
  let source = null;
  live.hidden = false;
  live.addEventListener("click", () => {
    if (source) {
      source.close();
      source = null;
    } else {
      const newest = rows.querySelector("th")?.textContent.trim() || "0";
      source = new EventSource(`${live.dataset.events}?after=${newest}`);
      source.onmessage = (event) => add(JSON.parse(event.data));
    }
    live.setAttribute("aria-pressed", String(Boolean(source)));
    live.textContent = source ? "Pause" : "Follow";
  });

  function add(call) {
    for (const [name, value] of [["operation", call.operation], ["domain", call.domain], ["status", String(call.status)]]) {
      if (wanted.get(name) && wanted.get(name) !== value) return;
    }
    const row = document.createElement("tr");
    row.className = "new";
    const number = document.createElement("th");
    number.scope = "row";
    const link = document.createElement("a");
    link.href = `call?number=${call.number}`;
    link.textContent = call.number;
    number.append(link);
    const when = document.createElement("td");
    const time = document.createElement("time");
    time.dataset.epoch = call.at;
    when.append(time);
    tellTime(time);
    const status = document.createElement("td");
    const told = document.createElement("span");
    told.className = `status s${Math.floor(call.status / 100)}`;
    told.textContent = call.code ? `${call.status} ${call.code}` : call.status;
    status.append(told);
    row.append(number, when, cell(call.operation || "–"), cell(call.domain || "–"), status,
      cell(call.box_usage === null ? "–" : call.box_usage.toFixed(10), "number"),
      cell((call.seconds * 1000).toFixed(1), "number"));
    rows.prepend(row);
    while (rows.rows.length > 200) rows.lastElementChild.remove();
  }

  function cell(text, kind) {
    const made = document.createElement("td");
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
}
