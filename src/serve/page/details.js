// SPDX-License-Identifier: GPL-2.0-only
"use strict";
// What unfolds on the page of netstrata serve: slow packets, and anomalies. Before page.js, which calls it, and has
// the rest that is used here.

const PACKETS = 50, DROPS = 20; // shown, of those that the server keeps

const signed = ns => (ns < 0 ? "-" : "") + duration(Math.abs(ns));

// Stages that the stage lines have after the total are no part of it.
const after = new Set();
const isAfter = (dir, proto, stage) => after.has(dir + proto + stage);

function learnAfter(lines) {
  let key = "", behind = false;
  for (const l of lines.filter(l => l.type === "stage")) {
    if (l.dir + l.proto !== key) [key, behind] = [l.dir + l.proto, false];
    if (behind) after.add(key + l.stage);
    behind ||= l.stage === "total";
  }
}

function time(mono) {
  const t = new Date((clock.real_ns + (mono - clock.mono_ns)) / 1e6);
  return t.toTimeString().slice(0, 8) + "." + String(t.getMilliseconds()).padStart(3, "0");
}

function refill(id, items) { // what was open stays open
  const open = new Set([...document.querySelectorAll("#" + id + " details[open]")].map(d => d.dataset.key));
  $(id).replaceChildren(...items);
  for (const d of document.querySelectorAll("#" + id + " details")) d.open = open.has(d.dataset.key);
}

function packetItem(p) {
  const item = element("li"), details = element("details"), head = element("summary"), list = element("dl");
  const stages = Object.entries(p.stages).map(([name, ns]) => ({ name, ns }));
  const inside = stages.filter(s => !isAfter(p.dir, p.proto, s.name));
  const most = inside.reduce((a, b) => b.ns > a.ns ? b : a, { name: "", ns: 0 });
  head.append(element("span", time(Math.min(...Object.values(p.points)))), element("span", p.proto + (p.dir === "rx" ? " ←" : " →")),
    element("span", p.drop ? "dropped" : duration(p.total_ns)),
    element("span", p.drop ? p.drop.reason || "" : most.name),
    element("span", flow(p, p.dir === "rx" ? " ← " : " → "), "flow"), bar(sequence(p.dir, inside)));
  for (const s of stages)
    list.append(element("dt", s.name), element("dd", duration(s.ns)), element("dd", isAfter(p.dir, p.proto, s.name) ? "after the total" : ""));
  const more = [["process", p.comm + "/" + p.pid], ["cause", p.cause && p.cause.text], ["dropped in", p.drop && p.drop.stage + ": " + p.drop.reason],
    ["flags", p.flags.join(" ")], ["bytes", String(p.len)], ["cpu", String(p.cpu)]];
  if (p.hw) more.unshift(["hw_to_stack", signed(p.hw.to_stack_ns) + " ±" + duration(p.hw.error_ns), "beside the total"]);
  for (const [name, text, note = ""] of more)
    if (text) list.append(element("dt", name), element("dd", text), element("dd", note));
  details.append(head, list);
  details.dataset.key = [p.dir, p.seq, ...Object.values(p.points)].join(" ");
  item.append(details);
  return item;
}

function showPackets(lines) {
  const all = lines.filter(l => l.type === "packet");
  const shown = new Set([...all.filter(p => !p.drop).slice(-PACKETS), ...all.filter(p => p.drop).slice(-DROPS)]);
  const packets = all.filter(p => shown.has(p)).reverse();
  $("no-packets").hidden = packets.length > 0;
  $("no-packets").textContent = slow === null ? "None are kept: start netstrata serve with --slower 1ms, for instance."
    : "None took " + duration(slow) + " or longer so far.";
  refill("packets", packets.map(packetItem));
}

// ---- what is unusually slow --------------------------------------------------------------------------

const ENDS = { over: "until", lasting: "usual from", gone: "gone at" };
const ENDED = 20; // shown

function anomalyItem(a) {
  const item = element("li"), details = element("details"), head = element("summary"), on = a.state === "active";
  head.append(element("span", time(on ? a.since_ns : a.ended_ns)), element("span", a.factor.toFixed(a.factor < 10 ? 1 : 0) + "x", on ? "bad" : ""),
    element("span", a.subject, "flow"), element("span", a.change, "flow"));
  if (!on) head.className = "over";
  details.append(head);
  details.append(element("p", (a.against === "peers" ? "Compared with its peers" : "Compared with its past") + "; " +
    (on ? "it goes on, now " : ENDS[a.state] + " " + time(a.ended_ns) + ", then ") + duration(a.latest_ns) + ". It began at " + time(a.since_ns) + "."));
  if (a.why) details.append(element("p", a.why));
  if (a.packet) {
    const list = element("ol", undefined, "list");
    list.append(packetItem(a.packet));
    details.append(list);
  } else details.append(element("p", "No packet of it was kept.", "note"));
  details.dataset.key = "anomaly " + a.id;
  item.append(details);
  return item;
}

function showAnomalies(lines) {
  const all = lines.filter(l => l.type === "anomaly"), on = all.filter(a => a.state === "active");
  const counts = lines.find(l => l.type === "anomaly_counts");
  const shown = on.concat(all.filter(a => a.state !== "active").slice(0, ENDED));
  $("no-anomalies").textContent = counts.warmup ? "Learning what is usual: " + counts.warmup + " intervals to go."
    : on.length ? on.length + (on.length === 1 ? " goes on" : " go on") + "; what ended is grey." : "Nothing now." + (shown.length ? " What ended:" : "");
  $("no-anomalies").className = on.length ? "bad" : "note";
  refill("anomalies", shown.map(anomalyItem));
}
