#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: prometheus.py URL METRICS CONTRIB

Is what contrib/ asks for there? URL: a Prometheus that scrapes netstrata; METRICS: a scrape of it. TAP lines.
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL, METRICS, CONTRIB = sys.argv[1:4]
LIMIT = 60  # seconds until there are enough scrapes for a rate
# Zero or no such thing here is an answer too: nothing dropped, nothing lost, no TCP segment sent again.
MAY_BE_EMPTY = ("lost_total", "dropped_packets", "resent", "requeues", "qdisc", "after_duration", "local_duration",
                "untracked")
WORDS = {"sum", "by", "rate", "increase", "histogram_quantile", "ignoring", "group_left", "time", "le", "or", "and",
         "count"}


def ok(good, what, *why):
    print("%sok - %s" % ("" if good else "not ", what))
    for line in () if good else why:
        print("# %s" % (line,))


def ask(path, **args):
    url = "%s/api/v1/%s?%s" % (URL, path, urllib.parse.urlencode(args))
    try:
        with urllib.request.urlopen(url, timeout=10) as f:
            return json.load(f)
    except urllib.error.HTTPError as e:
        return json.load(e)


def wait_for(expr):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        try:
            if ask("query", query=expr)["data"]["result"]:
                return True
        except (OSError, KeyError):
            pass  # it has just been started
        time.sleep(0.2)
    return False


def dashboard():
    with open(os.path.join(CONTRIB, "grafana/dashboards/netstrata.json"), encoding="utf-8") as f:
        return json.load(f)


def rules():
    """The expressions of the rules, and what they record; once each of them has been evaluated."""
    end = time.monotonic() + LIMIT
    while True:
        found = [rule for group in ask("rules")["data"]["groups"] for rule in group["rules"]]
        if found and all(rule["health"] != "unknown" for rule in found) or time.monotonic() > end:
            break
        time.sleep(0.2)
    return [r["query"] for r in found], {r["name"] for r in found if r["type"] == "recording"}, found


def scraped():
    """{metric: {label, ...}} of a scrape, with the labels that Prometheus adds."""
    names = {"up": {"job", "instance"}}
    with open(METRICS, encoding="utf-8") as f:
        for line in f:
            m = re.match(r"([a-z_]+)(?:\{(.*)\})? ", line)
            if m and not line.startswith("#"):
                names.setdefault(m.group(1), {"job", "instance"}).update(re.findall(r'(\w+)="', m.group(2) or ""))
    return names


def check_names(what, exprs, have, recorded):
    wrong = []
    for expr in exprs:
        bare = re.sub(r'"[^"]*"', '""', expr)
        metrics = set(re.findall(r"\b((?:instance\w*:)?(?:netstrata_\w+|process_\w+)(?::\w+)?|up)\b", bare))
        if not metrics:
            wrong.append("no metric in: " + expr)
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", bare))
        for group in re.findall(r"\bby \(([^)]*)\)", bare):
            labels |= set(re.split(r"\s*,\s*", group))
        known = {"le"} if any(m.endswith("_bucket") for m in metrics) else set()
        for metric in metrics:
            if metric in recorded:
                known |= {"job", "instance", "proto", "stage"}
            elif metric in have:
                known |= have[metric]
            else:
                wrong.append("%s is not in a scrape: %s" % (metric, expr))
        wrong += ["no label %s: %s" % (label, expr) for label in labels - known]
    ok(not wrong, "%s: every series and label is in a scrape" % what, *wrong)


def check_panels(board):
    """What Grafana's own linter asks for, as far as it applies."""
    names = [v["name"] for v in board["templating"]["list"]]
    ok(names == ["datasource", "job", "instance"], "dashboard: variables")
    ok(board["id"] is None and board["uid"] and not board["editable"], "dashboard: in provisioning form")
    bad = []
    for p in board["panels"]:
        if p["type"] == "row":
            continue
        if not p["title"] or not p["description"] or p["datasource"]["uid"] != "${datasource}":
            bad.append("%s: no title, description or data source" % p["title"])
        for t in p["targets"]:
            if 'job=~"$job", instance=~"$instance"' not in t["expr"]:
                bad.append("%s: job and instance are not used" % p["title"])
            if re.search(r"_(total|bucket|sum|count)\b\{", t["expr"]) and not re.search("rate|increase", t["expr"]):
                bad.append("%s: a counter without rate()" % p["title"])
    ids = [p["id"] for p in board["panels"]]
    ok(len(set(ids)) == len(ids), "dashboard: every panel has a number of its own")
    ok(not bad, "dashboard: every panel is complete", *bad)


def main():
    ok(wait_for('rate(netstrata_rx_duration_seconds_count{job="netstrata",proto="tcp"}[10s]) > 0'), "it is scraped")
    ok(wait_for('rate(netstrata_tx_duration_seconds_count{job="netstrata",proto="udp"}[10s]) > 0'), "both directions")
    board = dashboard()
    check_panels(board)
    exprs = [t["expr"] for p in board["panels"] for t in p.get("targets", [])]
    have = scraped()
    queries, recorded, all_rules = rules()
    check_names("dashboard", exprs, have, recorded)
    check_names("rules", queries, have, recorded)
    bad = [r["name"] + ": " + r.get("lastError", "") for r in all_rules if r["health"] != "ok"]
    ok(all_rules and not bad, "all rules can be evaluated", *bad)
    failed, empty = [], []
    for expr in exprs:
        query = expr.replace("$job", "netstrata").replace("$instance", ".+").replace("$__rate_interval", "10s")
        answer = ask("query", query=query)
        if answer["status"] != "success":
            failed.append("%s: %s" % (query, answer.get("error")))
        elif not answer["data"]["result"] and not any(word in expr for word in MAY_BE_EMPTY):
            empty.append(query)
    ok(not failed, "all %d queries of the dashboard are answered" % len(exprs), *failed)
    ok(not empty, "and with numbers, where there must be some", *empty)
    now = time.time()
    exemplars = ask("query_exemplars", query="netstrata_rx_duration_seconds_bucket", start=now - 60, end=now)["data"]
    ok(exemplars, "it has exemplars of slow packets")
    ok(ask("query", query="ebpf_exporter_netstack_latency_seconds_count")["data"]["result"],
       "netstacklat's series under the names that ebpf_exporter gives them")
    ok(not ask("query", query='{job="netstacklat",__name__=~"netstrata_.*"}')["data"]["result"], "and only these")


main()
