// Keeps a page up to date. Each page is complete without this script: the server renders it, and the script asks for the
// same page again, with the ETag of what it has, and changes what differs. The page of all targets becomes one long table
// that holds only the rows in sight. Text reaches the document as text only, never as HTML.

const POLL = 5000;          // ms between two questions
const POLL_HIDDEN = 60000;  // in a tab that nobody sees
const PATIENCE = 10000;     // ms for an answer
const LOST_AFTER = 12000;   // ms without one, until the page says so

const live = document.getElementById("live");
let etag = null;
let skew = Date.parse(document.body.dataset.asOf) - Date.now();  // the server's clock less ours
let heard = Date.now();
let timer = 0;

// ---- Times: as the server writes them.

function inWords(seconds) {
  let left = Math.max(Math.floor(seconds), 0);
  const units = [[86400, " d"], [3600, " h"], [60, " min"]];
  for (let i = 0; i < units.length; ++i) {
    const [length, name] = units[i];
    if (left < length) continue;
    const next = units[i + 1];
    const rest = next ? Math.floor((left % length) / next[0]) : 0;
    return Math.floor(left / length) + name + (rest ? " " + rest + next[1] : "");
  }
  return left + " s";
}

function words(time, kind) {
  const seconds = (Date.parse(time) - Date.now() - skew) / 1000;
  if (kind === "age") return inWords(-seconds);
  return seconds > 0 ? "in " + inWords(seconds) : inWords(-seconds) + " ago";
}

function tick() {
  for (const element of document.querySelectorAll("time.age, time.distance")) {
    const text = words(element.dateTime, element.className);
    if (element.textContent !== text) element.textContent = text;
  }
  const silence = Date.now() - heard;
  const lost = silence > LOST_AFTER && !document.hidden;
  document.documentElement.classList.toggle("is-lost", lost);
  document.documentElement.classList.toggle("is-live", !lost && etag !== null);
  const at = new Date(heard + skew).toISOString().slice(11, 19) + " UTC";
  const text = lost ? "Connection lost: this is the state of " + at : "live, as of " + at;
  if (etag !== null || lost) live.textContent = text;
}

// ---- The document becomes like another one; what is equal is left alone, so that focus, scrolling and unfolded rows stay.

function key(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.id || node.nodeName : node.nodeName;
}

function morph(mine, theirs) {
  if (mine.nodeType !== Node.ELEMENT_NODE) {
    if (mine.nodeValue !== theirs.nodeValue) mine.nodeValue = theirs.nodeValue;
    return;
  }
  if (mine.isEqualNode(theirs) || mine.matches("form, #live")) return;
  for (const { name, value } of theirs.attributes) {
    if (name !== "open" && mine.getAttribute(name) !== value) mine.setAttribute(name, value);
  }
  for (const { name } of [...mine.attributes]) {
    if (name !== "open" && !theirs.hasAttribute(name)) mine.removeAttribute(name);
  }
  let at = mine.firstChild;
  for (const wanted of [...theirs.childNodes]) {
    let found = at;
    while (found && key(found) !== key(wanted)) found = found.nextSibling;
    if (found) {
      if (found !== at) mine.insertBefore(found, at);
      else at = at.nextSibling;
      morph(found, wanted);
    } else {
      const added = document.importNode(wanted, true);
      if (added.nodeType === Node.ELEMENT_NODE) added.classList.add("arrived");
      mine.insertBefore(added, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function show(html) {
  const theirs = new DOMParser().parseFromString(html, "text/html");
  document.title = theirs.title;
  for (const id of ["icon", "main"]) morph(document.getElementById(id), theirs.getElementById(id));
}

// ---- Questions.

// The answer, or null if it is the one that we have. Throws if there is none.
async function ask(url, known) {
  const headers = known ? { "If-None-Match": known } : {};
  const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (answer.status !== 304 && !answer.ok) throw new Error("status " + answer.status);
  heard = Date.now();
  const date = Date.parse(answer.headers.get("Date"));
  if (Math.abs(date - heard - skew) > 1500) skew = date - heard;
  return answer.status === 304 ? null : answer;
}

let refresh = async () => {
  const answer = await ask(location.href, etag);
  if (answer) {
    show(await answer.text());
    etag = answer.headers.get("ETag");
  }
};

async function poll() {
  clearTimeout(timer);
  try {
    await refresh();
  } catch {
    // Said by tick(), once it lasts.
  }
  tick();
  timer = setTimeout(poll, document.hidden ? POLL_HIDDEN : POLL);
}

// ---- The button of a target's page.

async function probeNow(event) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  const output = event.target.querySelector("output");
  button.disabled = true;
  output.textContent = "probing\u2026";
  try {
    const answer = await fetch(location.href, { method: "POST", signal: AbortSignal.timeout(70000) });
    const text = await answer.text();
    const value = (name) => (text.match(new RegExp("^" + name + " (\\S+)$", "m")) || [])[1];
    const seconds = value("probe_duration_seconds");
    const status = value("probe_http_status_code");
    output.textContent = !answer.ok ? text.trim()
      : (value("probe_success") === "1" ? "as expected" : "not as expected") + (status > 0 ? ", status " + status : "") +
        (seconds ? ", in " + Math.round(seconds * 1000) + " ms" : "") + ". The history shows scheduled probes only.";
  } catch {
    output.textContent = "no answer from the exporter";
  }
  button.disabled = false;
}

// ---- The page of all targets.

const LETTERS = { o: "ok", u: "unauthorized", f: "forbidden", r: "rate_limited", e: "exposed", x: "unexpected",
  n: "unreachable", c: "credential_unavailable", p: "pending" };
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

function strip(recent) {
  const picture = document.createElementNS(SVG, "svg");
  const bad = [...recent].filter((letter) => letter !== "o").length;
  const label = recent ? bad + " of the last " + recent.length + " probes not ok" : "no probe yet";
  for (const [name, value] of [["class", "strip"], ["viewBox", "0 0 240 16"], ["preserveAspectRatio", "none"],
    ["role", "img"], ["aria-label", label]]) picture.setAttribute(name, value);
  for (const run of recent.matchAll(/(.)\1*/g)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", "s-" + LETTERS[run[1]]);
    path.setAttribute("d", "M" + (60 - recent.length + run.index) * 4 + " 8h" + (run[0].length * 4 - 1));
    picture.append(path);
  }
  return picture;
}

const plain = (word) => word.replaceAll("_", " ").replace(/^(waf|ip) /, (letters) => letters.toUpperCase());
const short = (text) => (text.length > 120 ? text.slice(0, 120) + "\u2026" : text);

function row(target, index) {
  const link = (folder, name) => element("a", { href: folder + "/" + encodeURIComponent(name) }, short(name));
  const small = (text) => (text ? [" ", element("small", {}, short(text))] : []);
  const since = target.since ? [element("time", { class: "age", datetime: target.since, title: target.since },
    words(target.since, "age"))] : [];
  const cause = target.cause ? [plain(target.cause) + " ", element("span", { class: "sure" }, "(" + target.confidence + ")")] : [];
  return element("tr", { "aria-rowindex": index + 2 },
    element("td", { class: "name" }, link("targets", target.name), ...small(target.url)),
    element("td", { class: "state" }, element("span", { class: "pill s-" + target.state }, plain(target.state)),
      ...small(target.maintenance ? "maintenance" : "")),
    element("td", { class: "cause" }, ...cause),
    element("td", { class: "credential" }, ...(target.credential ? [link("credentials", target.credential)] : []),
      ...small(target.owner)),
    element("td", { class: "recent" }, strip(target.recent)),
    element("td", { class: "since" }, ...since));
}

function allTargets(table, form) {
  const PAGE = 100;
  const body = table.tBodies[0];
  const count = document.getElementById("count");
  const pages = new Map();  // number -> { etag, rows }; of the filter in force
  let total = Number(table.getAttribute("aria-rowcount")) - 1;
  let height = 47;
  let drawn = "";
  let made = new Map();     // index -> { target, row } of the rows in sight

  const parameters = () => {
    const wanted = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...wanted]) if (value === "") wanted.delete(name);
    return wanted;
  };

  function inSight() {
    const top = table.getBoundingClientRect().top;
    const first = Math.max(Math.floor(-top / height) - 10, 0);
    const last = Math.min(Math.ceil((window.innerHeight - top) / height) + 10, total);
    return [Math.min(first, total), Math.max(last, 0)];
  }

  function draw(force) {
    const [first, last] = inSight();
    const now = first + "-" + last;
    if (!force && now === drawn) return;
    drawn = now;
    const focused = document.activeElement && body.contains(document.activeElement) ? document.activeElement.href : null;
    const spacer = (rows) => {
      const gap = element("tr", { class: "spacer", "aria-hidden": "true" }, element("td", { colspan: 6 }));
      gap.firstChild.style.height = rows * height + "px";
      return gap;
    };
    const rows = [];
    const before = made;
    made = new Map();
    for (let i = first; i < last; ++i) {
      const page = pages.get(Math.floor(i / PAGE));
      const target = page && page.rows[i % PAGE];
      if (!target) {
        rows.push(element("tr", { "aria-rowindex": i + 2 }, element("td", { colspan: 6 }, "\u2026")));
        continue;
      }
      const old = before.get(i);
      const kept = old && old.target === target ? old : { target, row: row(target, i) };
      made.set(i, kept);
      rows.push(kept.row);
    }
    body.replaceChildren(spacer(first), ...rows, spacer(total - last));
    if (force && rows.length) {
      const measured = rows[0].getBoundingClientRect().height;
      if (measured > 10 && Math.abs(measured - height) > 1) {
        height = measured;
        return draw(true);
      }
    }
    if (focused) [...body.querySelectorAll("a")].find((link) => link.href === focused)?.focus({ preventScroll: true });
  }

  async function load(number) {
    const wanted = parameters();
    wanted.set("limit", PAGE);
    wanted.set("offset", number * PAGE);
    const asked = form.dataset.asked;
    const known = pages.get(number);
    const answer = await ask("api/v1/targets?" + wanted, known && known.etag);
    if (!answer || asked !== form.dataset.asked) return;
    const rows = await answer.json();
    if (asked !== form.dataset.asked) return;
    pages.set(number, { etag: answer.headers.get("ETag"), rows });
    total = Number(answer.headers.get("X-Total-Count"));
    table.setAttribute("aria-rowcount", total + 1);
    const text = total.toLocaleString("en") + (total === 1 ? " target" : " targets");
    if (count.textContent !== text) count.textContent = text;
    etag = answer.headers.get("ETag");
  }

  const numbers = () => {
    const [first, last] = inSight();
    const wanted = [];
    for (let n = Math.floor(first / PAGE); n * PAGE < Math.max(last, 1); ++n) wanted.push(n);
    return wanted;
  };

  refresh = async () => {
    await Promise.all(numbers().map(load));
    draw(true);
  };

  let waiting = false;
  function scrolled() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(async () => {
      waiting = false;
      draw(false);
      const missing = numbers().filter((n) => !pages.has(n));
      if (missing.length === 0) return;
      try {
        await Promise.all(missing.map(load));
        draw(true);
      } catch {
        // The next poll tries again.
      }
    });
  }

  let typing = 0;
  function filtered() {
    form.dataset.asked = String(Number(form.dataset.asked || 0) + 1);
    pages.clear();
    history.replaceState(null, "", "?" + parameters());
    if (table.getBoundingClientRect().top < 0) table.scrollIntoView();
    poll();
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); filtered(); });
  form.addEventListener("change", filtered);
  form.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(typing);
    typing = setTimeout(filtered, 150);
  });
  table.tHead.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sort]");
    if (!link) return;
    event.preventDefault();
    const chosen = form.elements.sort;
    const sort = link.dataset.sort;
    chosen.value = (chosen.value || "name") === sort ? "-" + sort : sort;
    for (const header of table.tHead.rows[0].cells) header.removeAttribute("aria-sort");
    link.parentElement.setAttribute("aria-sort", chosen.value.startsWith("-") ? "descending" : "ascending");
    filtered();
  });
  // "/" leads to the search, as in many tools.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    form.elements.text.focus();
  });
  addEventListener("scroll", scrolled, { passive: true });
  addEventListener("resize", () => { drawn = ""; scrolled(); });
  document.documentElement.classList.add("is-virtual");
}

// ---- Begin.

const table = document.getElementById("targets");
const form = document.getElementById("filter");
if (table instanceof HTMLTableElement && form) allTargets(table, form);
document.querySelector("form.probe")?.addEventListener("submit", probeNow);
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
setInterval(tick, 1000);
poll();
