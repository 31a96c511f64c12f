"use strict";
const at = id => document.getElementById(id);
const node = (name, content, className) => {
  const element = document.createElement(name);
  if (content !== undefined) element.textContent = content;
  if (className) element.className = className;
  return element;
};

// Only what has changed is drawn: a screen reader, a selection and the focus stay where they are.
const drawn = new Map();
function draw(name, data, make) {
  const now = JSON.stringify(data);
  if (drawn.get(name) === now) return;
  drawn.set(name, now);
  make();
}

// Times are the server's, whatever the browser's zone is.
let zone = [[0, 0]];
function local(seconds) {
  const [, offset] = zone.findLast(row => row[0] <= seconds) || zone[0];
  return new Date((seconds + offset) * 1000);
}
// Making a formatter takes longer than drawing what it formats.
const formatter = options => {
  const made = new Intl.DateTimeFormat(navigator.language, {...options, timeZone: "UTC"});
  return seconds => made.format(local(seconds));
};
const clock = formatter({hour: "numeric", minute: "2-digit"});
const second = formatter({hour: "numeric", minute: "2-digit", second: "2-digit"});
const moment = formatter({weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit"});
const longDay = formatter({weekday: "long", day: "numeric", month: "long"});
const shortDay = formatter({weekday: "short", day: "numeric"});
const percent = share => (100 * share).toFixed(1) + " %";
const hours = value => text("hours", {hours: value.toFixed(1)});
const fullTitle = programme => programme.subtitle ? programme.title + ": " + programme.subtitle : programme.title;

async function ask(path) {
  const answer = await fetch(path);
  const document_ = await answer.json();
  if (!answer.ok) throw new Error(document_.error || "HTTP " + answer.status);
  return document_;
}

function fill(id, rows) {
  draw(id, rows, () => at(id).replaceChildren(...rows.flatMap(([name, value]) => [node("dt", name), node("dd", value)])));
}

function marks(programme) {
  return programme.marks.map(mark => node("span", text(mark), "mark " + mark));
}

// The views; the address says which one is shown.

const VIEWS = ["now", "tonight", "health", "changes", "details"];
let view = "", stats = null;

function showView() {
  const wanted = location.hash.slice(1);
  view = VIEWS.includes(wanted) ? wanted : "now";
  for (const name of VIEWS) at("view-" + name).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a"))
    link.hash === "#" + view ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  document.title = text(view) + " – " + text("title");
  if (stats) show();
}

// Now

function sentence() {
  const state = stats.state, run = stats.run, breaker = stats.circuit_breaker;
  const over = state.end * 1000 < Date.now();
  const first = !state.end ? text(run.phase || state.level === "busy" ? "first" : "none")
    : state.level === "bad" ? text(over ? "ended" : "ends", {moment: moment(state.end)})
    : text(state.level, {day: longDay(state.end - 1)});
  const more = [];
  if (breaker.reason) more.push(text("refuses", {reason: breaker.reason, seconds: Math.round(breaker.probe_in)}));
  if (run.phase) more.push(text(run.phase + "_phase", run));
  else {
    if (state.error) more.push(state.error);
    if (state.next) more.push(text(state.error ? "next" : "next_run", {moment: moment(state.next)}));
  }
  draw("sentence", [first, state.level], () => {
    at("sentence").textContent = first;
    at("state").className = "state " + state.level;
  });
  draw("sentence-more", more, () => at("sentence-more").textContent = more.join(" "));
  at("progress").hidden = !run.tasks;
  at("progress").firstElementChild.style.width = run.percent + "%";
  at("progress").setAttribute("aria-valuenow", run.percent);
  at("progress").setAttribute("aria-label", run.phase_text);
}

function addresses() {
  const rows = [["any_player", "/guide.xml"], ["playlist", "/channels.m3u"], ["lineup", "/lineup.json"]];
  draw("addresses", rows, () => at("addresses").replaceChildren(...rows.map(([name, path]) => {
    const line = node("li"), address = location.origin + path, button = node("button", text("copy"));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(address).catch(() => getSelection().selectAllChildren(line.children[1]));
      button.textContent = text("copied");
      setTimeout(() => button.textContent = text("copy"), 2000);
    });
    button.setAttribute("aria-label", text("copy") + ": " + text(name));
    line.append(node("span", text(name)), node("code", address), button);
    return line;
  })));
}

function published() {
  const guide = stats.guide;
  if (!guide.programmes) return fill("published", []);
  const health = guide.health, missing = guide.missing;
  fill("published", [
    [text("programmes"), guide.programmes], [text("station_count"), guide.stations],
    [text("detailed"), guide.detailed], [text("until"), moment(guide.end)], [text("written"), moment(guide.made)],
    ...(health.points === null ? [] : [
      [text("grade"), text("of_100", health)], [text("holes"), hours(missing.hole_hours)],
      [text("tba"), hours(missing.tba_hours)], [text("stale"), hours(missing.stale_hours)],
    ]),
  ]);
}

const MAX_ON_NOW = 24;
let onNowAt = 0;
async function onNow() {
  const minute = Math.floor(Date.now() / 60000);
  if (!stats.guide.programmes || onNowAt === minute) return;
  onNowAt = minute;
  const begin = minute * 60, grid = await ask("/guide.json?hours=1&from=" + begin);
  const rows = grid.stations.flatMap(station => station.programmes.slice(0, 1).map(programme => ({station, programme}))).slice(0, MAX_ON_NOW);
  draw("on-now", rows, () => at("on-now").replaceChildren(...rows.map(({station, programme}) => {
    const line = node("li"), button = node("button", fullTitle(programme));
    button.append(...marks(programme));
    button.addEventListener("click", () => openProgramme(station, programme));
    line.append(node("b", (station.number + " " + station.call_sign).trim()), button, node("span", text("until") + " " + clock(programme.stop)));
    return line;
  })));
}

// Health

function advice() {
  const rows = stats.guide.health ? stats.guide.health.advice : [];
  draw("advice", rows, () => at("advice").replaceChildren(...rows.map(row => {
    const line = node("li", row.text + ".");
    if (row.gain) line.append(node("span", "+" + row.gain.toFixed(1), "mark"));
    return line;
  })));
}

let coverage = [];
async function stations() {
  const guide = stats.guide;
  if (!guide.programmes) return;
  if (drawn.get("coverage of") !== guide.made) {
    coverage = await ask("/coverage");
    coverage.sort((one, other) => (one.health ? one.health.points : 0) - (other.health ? other.health.points : 0));
    drawn.set("coverage of", guide.made);
  }
  const wanted = at("station-search").value.toLowerCase();
  const rows = coverage.filter(row => row.name.toLowerCase().includes(wanted));
  draw("map", [guide.made, rows.map(row => row.id)], () => {
    const head = node("tr"), body = node("tbody"), thead = node("thead");
    for (const name of [text("station"), text("grade"), ...guide.days.map(shortDay)]) {
      const cell = node("th", name);
      cell.scope = "col";
      head.append(cell);
    }
    thead.append(head);
    body.append(...rows.map(row => stationRow(row, guide)));
    at("map").replaceChildren(thead, body);
  });
}

function stationRow(station, guide) {
  const row = node("tr"), name = node("th", station.name), health = station.health;
  name.scope = "row";
  const grade = node("td", health ? health.grade + " " + health.points : "", health ? "grade " + health.grade : "");
  row.append(name, grade);
  station.hours.forEach((covered, day) => {
    const share = covered / guide.day_hours[day], cell = node("td", undefined, "day");
    const kind = share > .97 ? "full" : share > 0 ? "part" : "empty", isTba = station.tba[day] > 0;
    const sign = node("i", isTba ? "?" : {full: "\u00a0", part: "◐", empty: "–"}[kind], kind);
    if (guide.stale_days[day]) sign.classList.add("stale");
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", hours(covered) + ", " + text(isTba ? "tba" : kind));
    sign.title = sign.getAttribute("aria-label");
    cell.append(sign);
    row.append(cell);
  });
  return row;
}
at("station-search").addEventListener("input", () => stats && stations());

// Changes

const MAX_STATIONS = 40, MAX_CHANGES = 12;

function changeLine(change) {
  const programme = change.after || change.before, line = node("li"), content = node("span", fullTitle(programme));
  const kind = change.kind === "moved" && change.before.start === programme.start ? "longer" : change.kind;
  const was = {moved: () => moment(change.before.start), longer: () => clock(change.before.stop), retitled: () => fullTitle(change.before)}[kind];
  if (was) content.append(node("i", " " + text("was", {text: was()})));
  line.append(node("time", moment(programme.start)), node("b", kindName(kind), change.kind), content);
  return line;
}

const kindName = kind => TEXTS[kind + "_kind"] ? text(kind + "_kind") : kind;

function showChanges(answer) {
  const about = at("changes-about"), list = at("changed");
  list.replaceChildren();
  if (answer.error) return about.replaceChildren(answer.error);
  const sums = Object.entries(answer.sums).map(([kind, count]) => count + " " + kindName(kind)).join(", ");
  about.replaceChildren(sums + " " + text("since_guide", {moment: moment(answer.before.made)}));
  if (answer.file !== "as published") about.append(" " + text("other_writer"));
  for (const station of answer.stations.slice(0, MAX_STATIONS)) {
    const lines = node("ol"), more = station.changes.length - MAX_CHANGES;
    lines.append(...station.changes.slice(0, MAX_CHANGES).map(changeLine));
    if (more > 0) lines.append(node("li", text("more", {count: more})));
    list.append(node("h3", station.station === "same" ? station.name : station.name + ": the station is " + station.station), lines);
  }
  const more = answer.stations.length - MAX_STATIONS;
  if (more > 0) list.append(node("p", text("more", {count: more})));
}

// Comparing takes the server seconds: it is asked once for each guide, and only while this is shown.
let comparedMade, comparing = false;
async function compare() {
  const made = stats.guide.made || 0;
  if (comparing || comparedMade === made) return;
  comparing = true;
  if (comparedMade === undefined) at("changes-about").textContent = text("comparing");
  try {
    const answer = await fetch("/changes");
    if (answer.status !== 503) {  // 503: comparing for another client; the next poll asks again
      showChanges(await answer.json());
      comparedMade = made;
    }
  } finally {
    comparing = false;
  }
}

function history() {
  draw("history", stats.history, () => {
    const head = node("tr"), thead = node("thead"), body = node("tbody");
    for (const name of ["when", "took", "requests", "refused", "outcome"]) {
      const cell = node("th", text(name));
      cell.scope = "col";
      head.append(cell);
    }
    thead.append(head);
    for (const run of stats.history) {
      const row = node("tr");
      row.append(node("td", moment(run.at)), node("td", run.seconds + " s"), node("td", run.requests),
        node("td", run.refusals), node("td", run.error || text("good_run"), run.error ? "bad" : ""));
      body.append(row);
    }
    at("history").replaceChildren(thead, body);
  });
}

// Details

function downloads(id) {
  const figures = stats[id];
  fill(id, [
    [text("downloaded"), text("of", {done: figures.done, all: figures.tasks})],
    [text("workers"), text("at_most", {value: figures.busy + " / " + figures.active_workers, most: figures.max_workers})],
    [text("rate"), text("at_most", {value: figures.rate.toFixed(1), most: figures.max_rate.toFixed(1)})],
    [text("success"), figures.requests ? percent(figures.success_rate) : "–"],
    [text("answer_time"), figures.requests ? figures.avg_response_time.toFixed(2) + " s" : "–"],
    [text("refused"), figures.rate_limited_count], [text("requests"), figures.requests],
    [text("status"), figures.adaptive_status.replace("_", " ")],
  ]);
}

function decisions() {
  draw("decisions", stats.decisions, () => at("decisions").replaceChildren(...stats.decisions.map(decision => {
    const line = node("li");
    line.append(node("time", second(decision.at)), decision.text);
    return line;
  })));
}

// A programme

async function openProgramme(station, programme) {
  at("programme-title").replaceChildren(fullTitle(programme), ...marks(programme));
  at("programme-when").textContent = (station.number + " " + station.call_sign).trim() + " · " + moment(programme.start) + " – " + clock(programme.stop);
  at("programme-text").textContent = "";
  at("programme-facts").replaceChildren();
  at("programme-picture").hidden = true;
  at("programme").showModal();
  const all = await ask("/programme.json?station=" + station.id + "&start=" + programme.start);
  if (!all.title) return;
  at("programme-text").textContent = all.description;
  const number = all.season && all.episode ? "S" + all.season + " E" + all.episode : "";
  const facts = [["", number], [text("year"), all.year], [text("rating"), all.rating], [text("genres"), all.genres.join(", ")],
    [text("people"), all.people.map(person => person.name).join(", ")]].filter(row => row[1]);
  at("programme-facts").replaceChildren(...facts.flatMap(([name, value]) => [node("dt", name), node("dd", value)]));
  if (all.picture) {
    at("programme-picture").src = all.picture;
    at("programme-picture").onload = () => at("programme-picture").hidden = false;
  }
}

// Each second while something happens, every ten seconds else; not at all while nobody looks.

async function show() {
  sentence();
  at("version").textContent = "gracenote2epg " + stats.version;
  if (view === "now") { addresses(); published(); await onNow(); }
  if (view === "tonight") await tonight();
  if (view === "health") { advice(); await stations(); }
  if (view === "changes") { history(); await compare(); }
  if (view === "details") { downloads("guide_downloads"); downloads("series_downloads"); decisions(); }
}

async function poll() {
  let seconds = 1;
  try {
    if (!document.hidden) {
      stats = await ask("/stats");
      zone = stats.zone;
      await show();
      if (!stats.run.phase) seconds = 10;
    }
    at("lost").hidden = true;
  } catch (error) {
    at("lost").textContent = text("lost", {reason: error.message});
    at("lost").hidden = false;
  }
  setTimeout(poll, 1000 * seconds);
}

document.documentElement.lang = ["en", "fr", "es"][LANGUAGE];
document.querySelector("h1").textContent = text("title");
for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = text(element.dataset.placeholder);
for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
addEventListener("hashchange", showView);
addEventListener("load", () => { showView(); poll(); });
