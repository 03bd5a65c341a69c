// SPDX-License-Identifier: GPL-2.0-only
"use strict";
// The page of netstrata serve. Asks for the JSON lines of docs/json.md and draws them. Names of stages come
// from there, in their order; text of others (process names) is only ever set as text.

const HISTORY = 300; // intervals, as many as the server keeps
const $ = id => document.getElementById(id);
const WORDS = { rx: "received", tx: "sent" };

let token = sessionStorage.getItem("token") || "";
let history = [];
let clock = { mono_ns: 0, real_ns: 0 };
let slow = null; // ns, from which on packets are kept; null: none are
let losses = {}; // what the ledger's reasons mean
let paused = false;
let timer = 0;
let rounds = 0; // of which only the latest goes on

function element(tag, text, name) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (name) e.className = name;
  return e;
}

function duration(ns) { // three digits, as the other outputs have it
  if (ns === null || ns === undefined) return "-";
  const units = [["s", 1e9], ["ms", 1e6], ["us", 1e3]];
  for (const [unit, size] of units)
    if (ns >= size * 0.9995) return String(Number((ns / size).toPrecision(3))) + unit;
  return Math.round(ns) + "ns";
}

function endpoint(address, port) {
  if (!port) return "*";
  return (address.includes(":") ? "[" + address + "]" : address) + ":" + port;
}

function flow(o, arrow) {
  return endpoint(o.local, o.local_port) + arrow + endpoint(o.remote, o.remote_port);
}

// A stage has the same colour everywhere: by its place among those of its direction.
const places = { rx: [], tx: [], cpu: [] };

function colour(dir, name) {
  if (!places[dir].includes(name)) places[dir].push(name);
  return "var(--s" + (places[dir].indexOf(name) % 8) + ")";
}

// Parts of a whole as one bar: [{name, from, to, dir}], in shares of it.
function bar(parts) {
  const track = element("div", undefined, "track");
  track.setAttribute("role", "img");
  track.setAttribute("aria-label", parts.map(p => p.name + " " + Math.round((p.to - p.from) * 100) + "%").join(", "));
  for (const p of parts) {
    if (p.to <= p.from) continue;
    const piece = element("i");
    piece.style.left = p.from * 100 + "%";
    piece.style.width = (p.to - p.from) * 100 + "%";
    piece.style.background = colour(p.dir, p.name);
    piece.title = p.name;
    track.append(piece);
  }
  return track;
}

// Stages one after the other, in shares of their sum.
function sequence(dir, stages) {
  const sum = stages.reduce((n, s) => n + s.ns, 0) || 1;
  let at = 0;
  return stages.map(s => {
    const part = { name: s.name, from: at / sum, to: (at + s.ns) / sum, dir };
    at += s.ns;
    return part;
  });
}

async function ask(path) {
  const headers = token ? { Authorization: "Bearer " + token } : {};
  const answer = await fetch("api/v1/" + path, { headers, cache: "no-store" });
  if (answer.status === 401) throw new Error("token");
  if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
  return (await answer.text()).trim().split("\n").map(line => JSON.parse(line));
}

// ---- stages ---------------------------------------------------------------------------------------

function stageRow(line, parts, kind) {
  const row = element("tr", undefined, kind);
  const name = element("td");
  (line.covers.length > 1 ? line.covers : [line.stage]).forEach((stage, i) =>
    name.append(i ? "+" : "", ...(i ? [element("wbr")] : []), stage));
  if (line.error_ns !== undefined) name.append(" ±" + duration(line.error_ns)); // of a device's own stamps
  row.append(name, element("td", String(line.n), "wide"), element("td", duration(line.p50_ns)),
    element("td", duration(line.p99_ns)), element("td", duration(line.max_ns)));
  const cell = element("td", undefined, "bar");
  if (parts) cell.append(bar(parts));
  row.append(cell);
  return row;
}

// The stages of one direction and protocol as a waterfall: each begins where the one before it ended.
function waterfall(dir, proto, lines) {
  const box = element("section");
  const total = lines.findIndex(l => l.stage === "total");
  const made = sequence(dir, lines.slice(0, total).map(l => ({ name: l.stage, ns: l.sum_ns })));
  const body = element("tbody");
  box.append(element("h2", proto.toUpperCase() + " " + WORDS[dir]));
  if (!lines[total].n) {
    box.append(element("p", "no packets", "note"));
    return box;
  }
  const table = element("table"), head = element("tr");
  for (const word of ["stage", "packets", "p50", "p99", "max", "share of the time"]) {
    const cell = element("th", word, word === "packets" ? "wide" : "");
    cell.scope = "col";
    head.append(cell);
  }
  lines.forEach((line, i) => {
    if (i < total) body.append(stageRow(line, [made[i]]));
    else if (i === total) body.append(stageRow(line, made, "total"));
    else if (line.n) body.append(stageRow(line, null, "after"));
  });
  table.append(element("thead"), body);
  table.tHead.append(head);
  const scroll = element("div", undefined, "scroll");
  scroll.append(table);
  box.append(scroll);
  heatMap(box, dir, proto);
  return box;
}

// Time runs to the right, duration (powers of two) upwards; the darker, the larger the share of its interval.
function heatMap(box, dir, proto) {
  const columns = history.map(h => h.stages.find(s => s.dir === dir && s.proto === proto && s.stage === "total"));
  const all = columns.flatMap(c => c ? c.buckets : []).map(b => b[0]).filter(le => le !== null);
  if (!all.length) return;
  const low = Math.log2(Math.min(...all)), rows = Math.max(Math.log2(Math.max(...all)) - low + 1, 4);
  const canvas = element("canvas"), ratio = window.devicePixelRatio || 1;
  canvas.width = HISTORY * 2 * ratio;
  canvas.height = 90 * ratio;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "distribution of the total over time");
  const pen = canvas.getContext("2d"), w = canvas.width / HISTORY, h = canvas.height / rows;
  pen.fillStyle = getComputedStyle(document.body).getPropertyValue("--s0");
  columns.forEach((column, i) => {
    for (const [le, n] of column ? column.buckets : []) {
      const row = le === null ? rows - 1 : Math.log2(le) - low;
      pen.globalAlpha = 0.15 + 0.85 * Math.sqrt(n / column.n);
      pen.fillRect((HISTORY - columns.length + i) * w, canvas.height - (row + 1) * h, Math.ceil(w), Math.ceil(h));
    }
  });
  const axis = element("p", undefined, "axis");
  axis.append(element("span", "total over time, from " + duration(2 ** low / 2) + " to " + duration(2 ** (low + rows - 1))),
    element("span", "now"));
  box.append(canvas, axis);
}

function showStages(lines) {
  const groups = new Map();
  for (const line of lines.filter(l => l.type === "stage")) {
    const key = line.dir + " " + line.proto;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(line);
  }
  $("stages").replaceChildren(...[...groups].map(([key, stages]) => waterfall(...key.split(" "), stages)));
}

function showLedger(lines) {
  $("ledger").replaceChildren();
  for (const l of lines.filter(l => l.type === "ledger")) {
    const [lost, detail, out] = ["lost", "detail", "left_out"].map(kind => Object.entries(l.lost)
      .filter(([why, n]) => n && losses[why] === kind).map(([why, n]) => n + " " + why).join(", "));
    $("ledger").append(element("span", WORDS[l.dir] + ": " + l.taken + " packets measured" + (detail && " (in part: " + detail + ")") +
      (out && ", left out: " + out) + (lost ? ", not measured: " : "; nothing lost. ")));
    if (lost) $("ledger").append(element("span", lost + ". ", "bad"));
  }
  for (const l of lines.filter(l => l.type === "drop"))
    $("ledger").append(element("span", l.n + " dropped in " + (l.stage || "?") + " (" + (l.reason || "no reason") + "). ", "bad"));
}

// ---- CPUs -----------------------------------------------------------------------------------------

const VECS = [["net_rx", "NET_RX"], ["net_tx", "NET_TX"]]; // page.css has their colours in the heading

function percent(part, whole) {
  const share = whole ? 100 * part / whole : 0;
  return (share && share < 0.1 ? "<0.1" : share.toFixed(share && share < 9.95 ? 1 : 0)) + "%";
}

function perSecond(n, ns) {
  const rate = ns ? n * 1e9 / ns : 0;
  return rate < 10 ? String(Number(rate.toPrecision(2))) : String(Math.round(rate));
}

// How long NET_RX waited, what it did, and the share of the time in both softirqs of the network.
function cpuRow(c, interval) {
  const row = element("tr"), cell = element("td", undefined, "bar"), rx = c.net_rx;
  let at = 0;
  const parts = VECS.map(([vec, name]) => {
    const from = at; // a run that began before the interval is in it: never more than the whole
    at = Math.min(1, from + (interval ? c[vec].run_ns / interval : 0));
    return { name, from, to: at, dir: "cpu" };
  });
  row.append(element("td", String(c.cpu)), element("td", duration(rx.delay.p50_ns)), element("td", duration(rx.delay.p99_ns)),
    element("td", rx.delay.n ? duration(rx.delay.max_ns) : "-"), element("td", perSecond(rx.runs, interval)),
    element("td", rx.runs ? String(Number((c.packets / rx.runs).toPrecision(3))) : "-"),
    element("td", rx.runs ? percent(rx.ksoftirqd, rx.runs) : "-", "wide"),
    element("td", c.squeezed === null ? "-" : String(c.squeezed), c.squeezed ? "wide bad" : "wide"),
    element("td", c.backlog_dropped === null ? "-" : String(c.backlog_dropped), c.backlog_dropped ? "wide bad" : "wide"));
  cell.append(bar(parts), element("small", percent(at * interval, interval)));
  row.append(cell);
  return row;
}

function showCpus(lines) {
  const line = lines.find(l => l.type === "cpus");
  $("cpus").hidden = !line;
  $("no-cpus").textContent = !line ? "Not measured: --no-cpus, or the kernel refused it; netstrata said why when it began."
    : line.program_misses ? line.program_misses + " events were not seen." : "";
  if (!line) return;
  $("cpus").tBodies[0].replaceChildren(...line.cpus.map(c => cpuRow(c, line.interval_ns)));
}

// ---- connections and packets ----------------------------------------------------------------------

function showConnections(lines) {
  const rows = [], dir = $("dir").value;
  for (const c of lines.filter(l => l.type === "connection" && l[dir])) {
    const row = element("tr"), cell = element("td", undefined, "bar"), half = c[dir];
    const names = Object.keys(half.stages).filter(name => !isAfter(dir, c.proto, name));
    row.append(element("td", c.proto + " " + flow(c, dir === "rx" ? " ← " : " → ")),
      element("td", c.comm + "/" + c.pid, "wide"), element("td", String(half.n), "wide"), element("td", duration(half.p50_ns), "wide"),
      element("td", duration(half.p99_ns)), element("td", duration(half.max_ns)));
    cell.append(bar(sequence(dir, names.map(name => ({ name, ns: half.stages[name].sum_ns })))));
    row.append(cell);
    rows.push(row);
  }
  $("connections").tBodies[0].replaceChildren(...rows);
}

// ---- the round -------------------------------------------------------------------------------------

function addHistory(lines) {
  const last = history.length ? history[history.length - 1].mono_ns : 0; // numbers above 2^53 are rounded
  history.push(...lines.filter(l => l.type === "history" && l.mono_ns > last));
  history = history.slice(-HISTORY);
}

function showState(text, name) {
  $("state").textContent = text;
  $("state").className = name || "";
}

async function hello() {
  const start = (await ask("capabilities")).find(l => l.type === "start");
  clock = start.clock;
  slow = start.slow_ns;
  losses = start.losses;
  history = [];
  $("about").textContent = start.version + " on Linux " + start.kernel;
}

// Answers of one and the same snapshot: if an interval ends between them, all are asked for once more.
async function together(paths) {
  const answers = await Promise.all(paths.map(ask));
  return answers.every(lines => lines[0].mono_ns === answers[0][0].mono_ns) ? answers : Promise.all(paths.map(ask));
}

async function round() {
  const mine = ++rounds;
  let interval = 1000;
  clearTimeout(timer);
  try {
    if (!clock.mono_ns) await hello();
    const since = history.length ? "?since=" + history[history.length - 1].mono_ns : "";
    const rank = "?n=20&dir=" + $("dir").value + "&by=" + $("by").value;
    const [snapshot, past, connections, packets, anomalies] = await together(
      ["snapshot", "history" + since, "connections" + rank, "packets", "anomalies"]);
    if (mine !== rounds) return;
    interval = Math.max(snapshot[0].interval_ns / 1e6, 500);
    addHistory(past);
    learnAfter(snapshot);
    showLedger(snapshot);
    showStages(snapshot);
    showCpus(snapshot);
    showConnections(connections);
    showPackets(packets);
    showAnomalies(anomalies);
    document.querySelector("main").hidden = false;
    $("token").hidden = true;
    if (!paused) showState("live, every " + duration(snapshot[0].interval_ns), "live");
  } catch (e) {
    if (mine !== rounds) return;
    if (e.message === "token") {
      $("token").hidden = false;
      return showState("locked");
    }
    clock.mono_ns = 0; // it may be another run when it comes back
    showState("no answer: these numbers are old", "lost");
  }
  if (!paused) timer = setTimeout(round, interval);
}

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").textContent = paused ? "Go on" : "Pause";
  $("pause").setAttribute("aria-pressed", String(paused));
  if (paused) clearTimeout(timer);
  if (paused) showState("paused");
  else round();
});
$("token").addEventListener("submit", event => {
  event.preventDefault();
  token = $("secret").value.trim();
  sessionStorage.setItem("token", token);
  $("secret").value = "";
  round();
});
for (const id of ["by", "dir"]) $(id).addEventListener("change", round);
round();
