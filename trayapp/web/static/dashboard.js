// The dashboard: what trayapp does right now, and its switches. It is live by the same stream that
// every page uses; what it may change it does through the control API, with a token (api.js).

import { Api, Refused, notify } from "./api.js";
import { CommandList } from "./commands.js";
import { EventList, parsed, part } from "./events.js";
import { Chooser, Completion } from "./folders.js";
import { LoopList } from "./loops.js";
import { PageList } from "./pages.js";
import { removeServiceWorkers } from "./serviceworkers.js";
import { SessionList } from "./sessions.js";
import { Sharing } from "./sharing.js";
import { Snippets } from "./snippets.js";

const UNCONFIRMED = 409; // the status that wants a second word
const TAPPED = {
  message: "A service worker of another program stands between this page and trayapp, so nothing is controlled from here.",
  hint: "It is removed now. Close this tab, and open the dashboard from the tray icon or run: trayapp open",
};
const LOST = 1000; // ms until the stream is opened again
const STATUS = {
  starting: "Starting …",
  on: "Live reload is on",
  paused: "Paused: pages get nothing until you resume",
  degraded: "Published events do not get through",
  error: "Something is wrong",
  stopped: "Stopped",
};

const $ = (id) => document.getElementById(id);
const api = new Api(sessionStorage, () => showLock());
const events = new EventList($("events"), $("events-none"));
const pageList = new PageList($("pages"), $("pages-none"));
const snippets = new Snippets({ $, api, attempt, say });
const desk = { $, api, attempt, refresh, say, copyButton: (code, name) => snippets.copyButton(code, name) };
const commandList = new CommandList($("commands"), $("commands-part"));
const loopList = new LoopList($("loops"), desk);
const sessionList = new SessionList(desk);
const sharing = new Sharing(desk);
let state = null; // as GET /api/state gave it last, null without a token
let shownRoots = "";
let asked = 0; // refreshes so far, and the newest of them that was answered
let answered = 0;

// ---- what is shown --------------------------------------------------------------------------

function showStatus(status, text) {
  $("dot").className = `dot ${status}`;
  $("status").textContent = text;
  $("switch").textContent = status === "paused" ? "Resume" : "Pause";
  document.title = status === "on" ? "trayapp" : `trayapp – ${text.split(":")[0]}`;
}

function showLock() {
  if (!api.unlocked) {
    showRoots((state?.roots || []).map(({ label }) => ({ label, status: "watching" })));
    commandList.show([]);
    loopList.show([]);
    sharing.lock();
    sessionList.show([]);
    state = null;
  }
  $("locked").hidden = api.unlocked;
  for (const control of document.querySelectorAll(".control")) control.hidden = !api.unlocked;
}

function showState(latest) {
  state = latest;
  const { status, pages, roots, notifications, version, url, demo, loops, views, commands, autostart, sessions } = state;
  const connected = `${pages} ${pages === 1 ? "page" : "pages"} connected`;
  showStatus(status, ["error", "degraded"].includes(status) ? problemText(state) : `${STATUS[status]} · ${connected}`);
  showRoots(roots);
  commandList.show(commands || []);
  loopList.show(loops);
  pageList.show(views);
  sharing.show(state);
  sessionList.show(sessions || []);
  $("notifications").checked = notifications;
  $("autostart").checked = autostart;
  const stays = lastingUrl(url);
  snippets.fill(stays);
  $("chat-link").href = `${stays}/chat`; // it keeps a name in a cookie of its address
  $("demo").hidden = !demo;
  $("demo-link").href = demo || "/";
  $("about").textContent = `trayapp ${version}`;
}

// Where trayapp is found at its next start too; `url` is what it calls itself. Over ssh it may have
// another port here, and a dashboard without a name has a port of its own.
function lastingUrl(url) {
  return location.hostname.endsWith(".localhost") ? `http://127.0.0.1:${location.port || 80}` : url;
}

// A loop has its own note with buttons: in the status line a word is enough.
function problemText({ problem, loops }) {
  const noted = loops.some(({ root, path }) => problem.startsWith(`${path} in ${root} `));
  return noted ? "A reload loop was stopped" : problem || STATUS.error;
}

// What a visitor without a token may know: the hello of the stream has no path and no count.
function showHello({ paused, roots, version }) {
  const status = paused ? "paused" : "on";
  showStatus(status, STATUS[status]);
  showRoots(roots.map(({ root }) => ({ label: root, status: "watching" })));
  $("about").textContent = `trayapp ${version}`;
}

function showRoots(roots) {
  const latest = JSON.stringify([api.unlocked, roots]);
  if (latest === shownRoots) return; // rows that did not change keep the focus they may have
  shownRoots = latest;
  const focused = document.activeElement?.dataset.key;
  $("roots").replaceChildren(...roots.map(rootRow));
  $("roots-none").hidden = roots.length > 0;
  if (focused) [...$("roots").querySelectorAll("button")].find((b) => b.dataset.key === focused)?.focus();
}

function rootRow(root) {
  const row = document.createElement("li");
  const how = part("span", root.status === "error" ? "how bad" : "how", rootStatus(root));
  row.append(part("span", "name", root.label), how);
  if (api.unlocked) row.append(removeButton(root.label));
  if (root.path) row.append(part("span", "where", root.path));
  if (root.status === "polling" && root.detail) row.append(...reasonOf(root));
  return row;
}

function rootStatus({ status, detail, files }) {
  const counted = `${(files || 0).toLocaleString()} ${files === 1 ? "file" : "files"}`;
  if (status === "scanning") return files ? `looking through it, ${counted} so far` : "looking through it …";
  if (status === "gone") return "gone: watched again when it is back";
  if (status === "error") return detail || "cannot be watched";
  if (status === "polling") return `polling: looks for changes by itself · ${counted}`;
  return files === undefined ? "" : `events proven · ${counted}`;
}

// Why a folder has to be polled; the command that helps can be copied.
function reasonOf({ label, detail }) {
  const [reason, command] = detail.split(" Run: ");
  const why = part("span", "where", command ? `${reason} For instant updates run:` : reason);
  if (!command) return [why];
  const line = part("div", "snippet", "");
  const code = part("code", "", command);
  const button = snippets.copyButton(code, `Copy the command for ${label}`);
  button.dataset.key = `copy ${label}`;
  line.appendChild(document.createElement("pre")).append(code);
  line.append(button);
  return [why, line];
}

function removeButton(label) {
  const button = part("button", "", "Remove");
  button.type = "button";
  button.dataset.key = `remove ${label}`;
  button.setAttribute("aria-label", `Stop watching ${label}`);
  button.addEventListener("click", () => attempt(async () => {
    await api.post("/api/roots/remove", { root: label });
    say(`Stopped watching ${label}.`);
    await refresh();
    ($("roots").querySelector("button") || $("choose")).focus();
  }));
  return button;
}

// For those who hear the page; the change itself is seen.
function say(text) {
  $("said").textContent = text;
}

function showProblem(error) {
  $("problem-text").textContent = [error.message, error.hint].filter(Boolean).join("\n");
  $("problem").hidden = false;
}

// Run what a click asked for; what the server refuses is shown with its remedy.
async function attempt(action) {
  $("problem").hidden = true;
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (!error.locked) showProblem(error); // else the note says what to do
  }
}

// ---- what is asked --------------------------------------------------------------------------

async function refresh() {
  if (!api.unlocked) return;
  const turn = ++asked;
  const [latest, recent] = await api.latest("/api/state", "/api/events");
  if (turn > answered) {
    answered = turn; // an older answer that comes later is no news
    showState(latest);
  }
  recent.events.forEach((event) => events.add(event));
}

// A refresh that nobody asked for; what stands in its way is said by the status line and the note.
async function update() {
  try {
    await refresh();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

// A code in the address is used once and must not stay in the history.
async function enter() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const code = wanted.get("c");
  if (location.hash) history.replaceState(null, "", location.pathname);
  if (await removeServiceWorkers()) {
    api.lock(); // the worker may have seen the token
    return showProblem(TAPPED);
  }
  if (code || wanted.has("launch")) await attempt(() => api.trade(code));
  showLock();
  await update();
  if (state && wanted.get("view") === "sharing") sharing.arrive();
}

// ---- the stream -----------------------------------------------------------------------------

function listen() {
  const source = new EventSource("/stream?topic=change,notify,state");
  source.addEventListener("hello", ({ data }) => onHello(JSON.parse(data)));
  source.addEventListener("state", update);
  for (const topic of ["change", "notify"]) {
    source.addEventListener(topic, ({ data, lastEventId }) => onEvent(topic, data, lastEventId));
  }
  source.onerror = () => {
    source.close();
    showStatus("error", "trayapp does not answer. Trying again …");
    setTimeout(listen, LOST);
  };
}

async function onHello(hello) {
  await update(); // also finds out whether the token still holds
  if (!api.unlocked) showHello(hello);
}

function onEvent(topic, data, id) {
  const { time, root = "" } = parsed(data);
  events.add({ id, time: time > 0 ? time : Date.now() / 1000, topic, type: topic, root, data });
  if (api.unlocked && topic === "change") update(); // the number of files may be another
}

// ---- the controls ---------------------------------------------------------------------------

async function addRoot(path, wide = false) {
  let root;
  try {
    root = await api.post("/api/roots", wide ? { path, wide } : { path });
  } catch (error) {
    if (error.status !== UNCONFIRMED) throw error;
    return askWide(path);
  }
  $("path").value = "";
  say(`Watching ${root.label}.`);
  await refresh();
}

// A home folder or a whole drive is mostly a slip: asked for first.
async function askWide(path) {
  const { path: home } = await api.get("/api/folders");
  const isHome = [home, "~"].includes(path.replace(/(.)[/\\]+$/, "$1"));
  $("wide-title").textContent = `Watch all of ${isHome ? "your home folder" : path}?`;
  $("wide-watch").onclick = () => {
    $("wide").close();
    attempt(() => addRoot(path, true));
  };
  $("wide").showModal();
}

function wireControls() {
  const ask = (path) => api.get(`/api/folders${path ? `?path=${encodeURIComponent(path)}` : ""}`);
  const completion = new Completion($("path"), $("path-list"), ask);
  const parts = {
    dialog: $("chooser"), path: $("chooser-path"), list: $("chooser-list"),
    problem: $("chooser-problem"), cancel: $("chooser-cancel"), watch: $("chooser-watch"),
  };
  const chooser = new Chooser(parts, ask, (path) => attempt(() => addRoot(path)));
  $("choose").addEventListener("click", () => chooser.open());
  $("add").addEventListener("submit", (event) => {
    event.preventDefault();
    completion.close();
    const path = $("path").value.trim();
    if (path) attempt(() => addRoot(path));
    else chooser.open();
  });
  wireSwitches();
}

function wireSwitches() {
  $("switch").addEventListener("click", () => attempt(async () => {
    await api.post(state?.status === "paused" ? "/api/resume" : "/api/pause");
    await refresh();
  }));
  $("notifications").addEventListener("change", ({ target }) => attempt(async () => {
    await api.post("/api/notifications", { on: target.checked });
    await refresh();
  }));
  $("autostart").addEventListener("change", ({ target }) => attempt(async () => {
    try {
      await api.post("/api/autostart", { on: target.checked });
    } finally {
      await refresh(); // what was refused is not ticked
    }
  }));
  $("test").addEventListener("click", () => attempt(async () => {
    await notify("trayapp", "This is a test notification from the dashboard.");
    say("Sent.");
  }));
  $("wide-cancel").addEventListener("click", () => $("wide").close());
  $("problem-close").addEventListener("click", () => { $("problem").hidden = true; });
}

snippets.fill(location.origin);
wireControls();
addEventListener("hashchange", enter); // opened again, in the same tab
await enter();
listen();
