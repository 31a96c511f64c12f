"use strict";
// The guide as a grid of stations and time. Only the rows in sight are drawn, so that 400 stations scroll.
const ROW = 54.4, HEAD = 32, STATION = 144, HOUR = 3600, MINUTE_WIDTH = 4.6, SHOWN_HOURS = 6, STEP = 3;
const isPhone = matchMedia("(max-width: 40rem)");
let from = 0, listed = null, listedFor = "", picked = false;

const halfHour = seconds => seconds - seconds % 1800;
const left = seconds => STATION + (seconds - from) / 60 * MINUTE_WIDTH;

async function tonight() {
  if (!picked) from = halfHour(Math.floor(Date.now() / 1000));
  choices();
  const key = from + " " + (stats.guide.made || 0);
  if (listedFor !== key) {
    listed = await ask("/guide.json?from=" + from + "&hours=" + SHOWN_HOURS);
    listedFor = key;
    drawGrid();
  }
  const line = at("grid").querySelector(".line");
  if (line) line.style.left = left(Date.now() / 1000) + "px";
}

function choices() {
  const days = stats.guide.days || [];
  draw("day", days, () => at("day").replaceChildren(...days.map(day => {
    const option = node("option", longDay(day));
    option.value = day;
    return option;
  })));
  draw("time", LANGUAGE, () => at("time").replaceChildren(...Array.from({length: 24}, (_, hour) => {
    const option = node("option", new Date(hour * HOUR * 1000).toLocaleTimeString(navigator.language, {hour: "numeric", minute: "2-digit", timeZone: "UTC"}));
    option.value = hour;
    return option;
  })));
  at("day").value = days.findLast(day => day <= from) || days[0];
  at("time").value = local(from).getUTCHours();
}

function drawGrid() {
  const grid = at("grid"), stations = listed.stations;
  at("tonight-none").hidden = stations.length > 0;
  at("tonight-none").textContent = text("nothing_on");
  grid.scrollLeft = 0;
  if (isPhone.matches) return drawPhone(grid);
  const hours = node("div", undefined, "hours"), width = left(listed.to);
  hours.style.width = width + "px";
  for (let time = halfHour(from); time < listed.to; time += 1800) {
    const label = node("span", clock(time));
    label.style.left = left(time) + "px";
    hours.append(label);
  }
  const rows = node("div", undefined, "rows"), line = node("div", undefined, "line");
  rows.style.height = stations.length * ROW + "px";
  rows.style.width = width + "px";
  line.style.height = HEAD + stations.length * ROW + "px";
  line.hidden = Date.now() / 1000 < from || Date.now() / 1000 > listed.to;
  grid.replaceChildren(hours, rows, line);
  grid.onscroll = () => requestAnimationFrame(drawRows);
  drawRows();
}

const shownRows = new Map();  // the drawn rows, by index
let shownListing = null;

function drawRows() {
  const grid = at("grid"), rows = grid.querySelector(".rows");
  if (!rows) return;
  if (shownListing !== listed) {
    shownRows.clear();
    shownListing = listed;
  }
  const first = Math.max(0, Math.floor(grid.scrollTop / ROW) - 5);
  const last = Math.min(listed.stations.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW) + 5);
  for (const [index, row] of shownRows) {
    if ((index < first || index >= last) && !row.contains(document.activeElement)) {
      row.remove();
      shownRows.delete(index);
    }
  }
  for (let index = first; index < last; index++) {
    if (shownRows.has(index)) continue;
    const row = stationProgrammes(listed.stations[index]);
    row.style.top = HEAD + index * ROW + "px";
    row.style.width = rows.style.width;
    rows.insertBefore(row, shownRows.get(index + 1) || null);  // in the order of the keyboard
    shownRows.set(index, row);
  }
}

function stationProgrammes(station) {
  const row = node("div", undefined, "row"), name = node("div", undefined, "station"), names = node("div");
  if (station.logo) {
    const logo = node("img");
    logo.src = station.logo;
    logo.alt = "";
    logo.loading = "lazy";
    logo.onerror = () => logo.remove();
    name.append(logo);
  }
  names.append(node("b", station.call_sign), node("small", station.number));
  name.append(names);
  row.append(name);
  for (const programme of station.programmes) row.append(show_(station, programme));
  return row;
}

function show_(station, programme) {
  const button = node("button", undefined, "show"), title = node("b", programme.title), now = Date.now() / 1000;
  title.append(...marks(programme));
  button.append(title, node("small", programme.subtitle || clock(programme.start) + " – " + clock(programme.stop)));
  if (programme.start <= now && programme.stop > now) button.classList.add("running");
  const begin = Math.max(programme.start, from), end = Math.min(programme.stop, listed.to);
  button.style.left = left(begin) + 1 + "px";
  button.style.width = Math.max(4, (end - begin) / 60 * MINUTE_WIDTH - 3) + "px";
  button.title = fullTitle(programme);
  button.setAttribute("aria-label", station.call_sign + ", " + clock(programme.start) + ", " + fullTitle(programme));
  button.addEventListener("click", () => openProgramme(station, programme));
  return button;
}

// On a phone: station under station, what is on and what comes next; more as one scrolls down.
const BATCH = 20;
const atTheEnd = new IntersectionObserver(entries => entries.some(entry => entry.isIntersecting) && drawCards(), {rootMargin: "1500px"});

function drawPhone(grid) {
  grid.replaceChildren();
  atTheEnd.disconnect();
  drawCards();
}

function drawCards() {
  const grid = at("grid"), drawnCards = grid.children.length;
  atTheEnd.disconnect();
  grid.append(...listed.stations.slice(drawnCards, drawnCards + BATCH).map(card));
  if (grid.children.length < listed.stations.length) atTheEnd.observe(grid.lastElementChild);
}

function card(station) {
  const section = node("section", undefined, "phone"), list = node("ul"), now = Date.now() / 1000;
  section.append(node("h2", (station.number + " " + station.call_sign).trim()), list);
  for (const programme of station.programmes.slice(0, 4)) {
    const line = node("li"), button = node("button", fullTitle(programme));
    if (programme.start <= now && programme.stop > now) line.className = "running";
    button.append(...marks(programme));
    button.addEventListener("click", () => openProgramme(station, programme));
    line.append(node("time", clock(programme.start)), button);
    list.append(line);
  }
  return section;
}

function goTo(seconds) {
  const days = stats.guide.days || [from], last = days[days.length - 1] + 24 * HOUR - SHOWN_HOURS * HOUR;
  from = Math.min(Math.max(halfHour(seconds), days[0]), last);
  picked = true;
  tonight();
}

function pickTime() {
  const midnight = Number(at("day").value);
  const day = local(midnight);
  let wanted = midnight + Number(at("time").value) * HOUR;
  wanted += (Number(at("time").value) - local(wanted).getUTCHours()) * HOUR * (local(wanted).getUTCDate() === day.getUTCDate());
  goTo(wanted);
}

at("day").addEventListener("change", pickTime);
at("time").addEventListener("change", pickTime);
at("earlier").addEventListener("click", () => goTo(from - STEP * HOUR));
at("later").addEventListener("click", () => goTo(from + STEP * HOUR));
at("to-now").addEventListener("click", () => { picked = false; tonight(); });
at("tonight-tools").addEventListener("submit", event => event.preventDefault());
isPhone.addEventListener("change", () => listed && drawGrid());

// The search, over all days

let searching = 0;
at("search").addEventListener("input", () => {
  clearTimeout(searching);
  searching = setTimeout(search, 300);
});

async function search() {
  const words = at("search").value.trim();
  at("grid").hidden = Boolean(words);
  at("found").hidden = !words;
  if (!words) { at("tonight-none").hidden = true; return; }
  const answer = await ask("/search.json?q=" + encodeURIComponent(words));
  if (words !== at("search").value.trim()) return;
  at("tonight-none").hidden = false;
  at("tonight-none").textContent = text("found", answer);
  at("found").replaceChildren(...answer.programmes.map(programme => {
    const line = node("li"), button = node("button", fullTitle(programme));
    button.append(...marks(programme));
    button.addEventListener("click", () => openProgramme(programme.station, programme));
    line.append(node("time", moment(programme.start)), node("b", (programme.station.number + " " + programme.station.call_sign).trim()), button);
    return line;
  }));
}
