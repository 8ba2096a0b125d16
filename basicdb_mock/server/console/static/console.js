"use strict";
// The pages work without this: it paints, follows and asks back.

for (const time of document.querySelectorAll("time[data-epoch]")) tellTime(time);

function tellTime(time) {
  const moment = new Date(Number(time.dataset.epoch) * 1000);
  if (isNaN(moment)) return;
  const today = moment.toDateString() === new Date().toDateString();
  const how = { hour12: false, timeStyle: "medium", ...(today && !("whole" in time.dataset) ? {} : { dateStyle: "medium" }) };
  time.dateTime = time.title = moment.toISOString();
  time.textContent = moment.toLocaleString([], how);
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

for (const more of document.querySelectorAll("button.more")) {
  more.hidden = false;
  more.addEventListener("click", () => {
    const rows = more.form.querySelectorAll("fieldset.row");
    const last = rows[rows.length - 1];
    const row = last.cloneNode(true);
    row.querySelector("legend").textContent = `Attribute ${rows.length + 1}`;
    for (const field of row.querySelectorAll("input, textarea")) {
      field.name = field.name.replace(/\.\d+\./, `.${rows.length + 1}.`);
      field.required = false;
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    }
    last.after(row);
    row.querySelector("input").focus();
  });
}

for (const copy of document.querySelectorAll("button.copy")) {
  if (!navigator.clipboard) break; // there is none but on this machine and by https
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copy.parentElement.querySelector("pre").textContent);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
}

// Exports that are under way are asked after until they have ended.
const under = document.querySelector("section[data-running]");
if (under) setTimeout(ask, 1000);

async function ask() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const now = page.querySelector("section[aria-labelledby=exports]");
    const open = new Set([...under.querySelectorAll("details[open]")].map((details) => details.closest("tr").rowIndex));
    for (const time of now.querySelectorAll("time[data-epoch]")) tellTime(time);
    for (const details of now.querySelectorAll("details")) details.open = open.has(details.closest("tr").rowIndex);
    under.querySelector(".scroll").replaceWith(now.querySelector(".scroll"));
    if (now.matches("[data-running]")) setTimeout(ask, 1000);
  } catch { setTimeout(ask, 5000); }
}

const batch = document.getElementById("batch");
if (batch) {
  const all = document.getElementById("pick-all");
  const boxes = [...document.querySelectorAll("td.pick input")];
  const count = () => {
    const number = boxes.filter((box) => box.checked).length;
    batch.querySelector("button").disabled = !number;
    document.getElementById("picked").textContent = number ? `${number} of ${boxes.length}, as one BatchDeleteAttributes` : "Select items to delete them with one BatchDeleteAttributes.";
    all.checked = number === boxes.length;
    all.indeterminate = number > 0 && !all.checked;
  };
  all.hidden = false;
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; count(); });
  for (const box of boxes) box.addEventListener("change", count);
  count();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.target.form.requestSubmit();
    return;
  }
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const field = document.querySelector("main input:not([type=hidden]), main textarea");
    if (field) { event.preventDefault(); field.focus(); }
    return;
  }
  const link = event.key === "n" ? document.querySelector("a.next") : document.querySelector(`header nav a[data-key="${CSS.escape(event.key)}"]`);
  if (link) link.click();
});

const expression = document.getElementById("expression");
if (expression) {
  const paint = document.querySelector(".paint");
  const words = "select|from|where|order|by|asc|desc|limit|and|or|not|in|like|between|is|null|every|intersection|itemName|count";
  const parts = new RegExp("('(?:[^']|'')*'?|\"(?:[^\"]|\"\")*\"?)|(`(?:[^`]|``)*`?)|\\b(" + words + ")\\b", "gi");
  // A character beyond the BMP is one to the server and two here.
  let wrong = "errorAt" in expression.dataset ? [...expression.value].slice(0, expression.dataset.errorAt).join("").length : null;

  const put = (text, at, kind) => {
    const split = wrong === null ? text.length : Math.min(Math.max(wrong - at, 0), text.length);
    for (const [piece, bad] of [[text.slice(0, split), false], [text.slice(split), true]]) {
      if (!piece) continue;
      const span = document.createElement("span");
      span.className = kind + (bad ? " wrong" : "");
      span.textContent = piece;
      paint.append(span);
    }
  };
  const repaint = () => {
    paint.replaceChildren();
    let last = 0;
    for (const found of expression.value.matchAll(parts)) {
      put(expression.value.slice(last, found.index), last, "");
      put(found[0], found.index, found[1] ? "l" : found[2] ? "n" : "k");
      last = found.index + found[0].length;
    }
    put(expression.value.slice(last), last, "");
    paint.append("\n");
    paint.scrollTop = expression.scrollTop;
  };
  paint.parentElement.classList.add("painted");
  expression.addEventListener("input", () => { wrong = null; repaint(); });
  expression.addEventListener("scroll", () => { paint.scrollTop = expression.scrollTop; });
  repaint();
  document.querySelector("pre.place")?.remove(); // the editor shows the place itself
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
  label.textContent = "History";
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
  const told = document.getElementById("following");
  const wanted = new URLSearchParams(location.search);
  let newest = live.dataset.after, source = null, drawing = null;
  live.hidden = false;
  live.addEventListener("click", () => (source ? pause() : follow()));
  follow();

  function follow() {
    source = new EventSource(`${live.dataset.events}?after=${newest}`);
    source.onmessage = (event) => { newest = event.lastEventId; add(JSON.parse(event.data)); };
    source.onerror = () => { told.textContent = "The server does not answer; reconnecting."; };
    source.onopen = () => { told.textContent = "New requests appear as they are made."; };
    live.textContent = "Pause";
  }

  function pause() {
    source.close();
    source = null;
    live.textContent = "Follow";
    told.textContent = "Paused.";
  }

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
    when.className = "short";
    const time = document.createElement("time");
    time.dataset.epoch = call.at;
    when.append(time);
    tellTime(time);
    const status = document.createElement("td");
    status.className = "short";
    const outcome = document.createElement("span");
    outcome.className = `status s${Math.floor(call.status / 100)}`;
    outcome.textContent = `${call.status || "no answer"} ${call.code || ""}`.trim();
    status.append(outcome);
    row.append(number, when, cell(call.operation || "–"), cell(call.domain || "–"), status,
      cell(call.box_usage === null ? "–" : call.box_usage.toFixed(10), "number"),
      cell((call.seconds * 1000).toFixed(1), "number"));
    rows.prepend(row);
    document.getElementById("none")?.remove();
    while (rows.rows.length > 200) rows.lastElementChild.remove();
    drawing ??= setTimeout(draw, 1000);
  }

  // The charts are the server's: it draws them anew.
  async function draw() {
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const charts = page.querySelector(".charts");
      if (charts) document.querySelector(".charts").replaceWith(charts);
    } catch { /* the next request tries again */ } finally { drawing = null; }
  }

  function cell(text, kind) {
    const made = document.createElement("td");
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
}
