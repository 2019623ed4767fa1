// The chat's page: what was said, in the bus's order, and a form that says more. Names and messages
// are text of strangers: all of it is put in as text.

import { part } from "./events.js";
import { Live } from "./live.js";

const SHOWN = 500; // messages kept in the page
const AGAIN = 2000; // ms until the history is asked for again
const CHECK = 20000; // ms between two looks whether the stream is really open
const PATIENCE = 15000; // ms for one answer
const COPIED = 2000; // ms that a button says so
const NEAR = 48; // px from the end that still count as there

// Not into what separates, is not seen, or turns the direction of what follows.
const ADDRESS = /https?:\/\/[^\s<>"\u0000-\u0020\u007f-\u00a0\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gi;
const LINE = /^\[([^\]]*)\] (.*?): ([^]*)$/;

const STATUS = {
  on: "Connected",
  lost: "Not connected: trayapp does not answer. Trying again …",
  busy: "Not connected: too many pages are open here. Close some.",
  forgotten: "Not connected: this device is not paired any longer.",
};

const byId = (id) => document.getElementById(id);
const log = byId("log");
const field = byId("message");
const nameField = byId("name");
const shown = new Set(); // the ids of the messages in the page
const title = document.title;
let known = ""; // the name that the server knows
let unread = 0;
let sending = false;
let arrival = 0;
let following = true; // the last message is in sight, and stays there

// ---- what was said --------------------------------------------------------------------------

// {time, name, message} of a line; one that is none is a message of nobody.
function read(data) {
  const [, time, name, message] = LINE.exec(data) || [];
  return name === undefined ? { time: "", name: "", message: data } : { time, name, message };
}

// What ends a sentence or closes a bracket around it is no part of an address.
function trimmed(address) {
  const text = address.replace(/[.,;:!?'*_…»”’]+$/, "");
  for (const [open, close] of ["()", "[]"]) {
    const count = (sign) => text.split(sign).length;
    if (text.endsWith(close) && count(close) > count(open)) return trimmed(text.slice(0, -1));
  }
  return text;
}

function link(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return address;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return address;
  const made = part("a", "", address);
  Object.assign(made, { href: url.href, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

// The text, with its web addresses as links.
function withLinks(message) {
  const pieces = [];
  let end = 0;
  for (const { 0: found, index } of message.matchAll(ADDRESS)) {
    const address = trimmed(found);
    pieces.push(message.slice(end, index), link(address));
    end = index + address.length;
  }
  return [...pieces, message.slice(end)];
}

function clock(time) {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return part("span", "time", "");
  const today = at.toDateString() === new Date().toDateString();
  const short = { hour: "2-digit", minute: "2-digit" };
  const made = part("time", "time", today ? at.toLocaleTimeString([], short)
    : at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
  made.dateTime = time;
  made.title = at.toLocaleString([], { dateStyle: "full", timeStyle: "long" });
  return made;
}

function row({ id, data }) {
  const { time, name, message } = read(data);
  const made = document.createElement("li");
  made.dataset.id = id;
  const head = part("p", "head", "");
  const text = part("p", "text", "");
  text.dir = "auto";
  text.append(...withLinks(message));
  head.append(part("bdi", "name", name), " ", clock(time), " ", copyButton(name, message, text));
  made.append(head, text);
  return made;
}

function copyButton(name, message, text) {
  const button = part("button", "copy", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy what ${name || "somebody"} said`);
  button.addEventListener("click", async () => {
    const copied = await copy(message, text);
    byId("said").textContent = copied ? "Copied." : "Selected. Copy it with the keyboard.";
    button.textContent = copied ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, COPIED);
  });
  return button;
}

// Without https a page has no clipboard of its own; it may answer what the browser asks to copy.
async function copy(message, text) {
  try {
    await navigator.clipboard.writeText(message);
    return true;
  } catch {
    getSelection().selectAllChildren(text);
    const answer = (event) => {
      event.clipboardData.setData("text/plain", message);
      event.preventDefault();
    };
    document.addEventListener("copy", answer, { once: true });
    const copied = document.execCommand("copy");
    document.removeEventListener("copy", answer);
    return copied;
  }
}

function isAtEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
  following = true;
  byId("latest").hidden = true;
}

function add(message) {
  if (shown.has(message.id)) return;
  append([message]);
  if (following) toEnd();
  else byId("latest").hidden = false;
  if (document.hidden) showUnread(unread + 1);
}

function append(messages) {
  log.append(...messages.map(row));
  for (const { id } of messages) shown.add(id);
  while (log.childElementCount > SHOWN) {
    shown.delete(log.firstElementChild.dataset.id);
    log.firstElementChild.remove();
  }
  byId("none").hidden = log.childElementCount > 0;
}

// All anew; only what is new is read out.
function replace(messages) {
  log.setAttribute("aria-busy", "true");
  shown.clear();
  log.replaceChildren();
  append(messages);
  toEnd();
  log.setAttribute("aria-busy", "false");
}

function showUnread(count) {
  unread = count;
  document.title = count ? `(${count}) ${title}` : title;
}

// ---- the connection -------------------------------------------------------------------------

const live = new Live({ topic: "chat" }, ["message"], (what, data) => {
  if (what === "event") add(data);
  else if (what === "reset") arrive(); // something was missed, and forgotten meanwhile
  else showStatus(what);
});

function showStatus(what) {
  byId("status").textContent = STATUS[what];
  byId("dot").className = `dot ${what === "on" ? "on" : "off"}`;
  byId("pair").hidden = what !== "forgotten";
}

// The history first, then the stream from just behind it.
async function arrive() {
  const turn = ++arrival;
  live.close();
  const { status, said } = await ask("/chat/history");
  if (turn !== arrival) return;
  if (status !== 200) {
    showStatus(status === 401 ? "forgotten" : "lost");
    if (status !== 401) setTimeout(() => turn === arrival && arrive(), AGAIN);
    return;
  }
  replace(said.messages);
  if (nameField.value === known) nameField.value = said.name;
  known = said.name;
  live.cursor = said.id;
  live.open();
}

// What the server says, and with which status; 0 when it does not answer.
async function ask(path, form) {
  const signal = AbortSignal.timeout?.(PATIENCE);
  const post = form && { method: "POST", body: new URLSearchParams(form) };
  try {
    const answer = await fetch(path, { cache: "no-store", signal, ...post });
    return { status: answer.status, said: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, said: { error: "trayapp does not answer.", hint: "Your text is still here: send it again." } };
  }
}

// A phone that slept has a stream that only seems to be open.
function wakeUp() {
  if (document.hidden) return;
  showUnread(0);
  if (live.cursor) live.open();
}

// ---- what is said ---------------------------------------------------------------------------

function showProblem({ error, hint } = {}) {
  byId("problem").textContent = [error, hint].filter(Boolean).join(" ");
  byId("problem").hidden = !error;
}

// Whether the server knows the name that stands in its field.
async function introduce() {
  const name = nameField.value;
  if (name === known) return true;
  const { status, said } = await ask("/chat", { name });
  if (status !== 200) {
    showProblem(said);
    return false;
  }
  known = said.name;
  if (nameField.value === name) nameField.value = known;
  showProblem();
  return true;
}

// What was typed leaves the field once it is published, and what was typed since then stays.
async function send() {
  const message = field.value;
  if (sending || !message.trim()) return;
  sending = true;
  if (await introduce()) {
    const { status, said } = await ask("/post", { message });
    if (status === 204) {
      if (field.value.startsWith(message)) field.value = field.value.slice(message.length);
      toEnd();
    }
    showProblem(status === 204 ? {} : said);
  }
  sending = false;
}

byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
nameField.addEventListener("change", introduce);
// On a touch screen a key that sends would leave none for a new line.
const coarse = matchMedia("(pointer: coarse)").matches;
byId("keys").hidden = coarse;
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || coarse) return;
  event.preventDefault();
  send();
});
log.addEventListener("scroll", () => {
  following = isAtEnd();
  if (following) byId("latest").hidden = true;
});
new ResizeObserver(() => following && toEnd()).observe(log); // a keyboard, or a problem that is told
byId("latest").addEventListener("click", () => {
  toEnd();
  field.focus();
});
document.addEventListener("visibilitychange", wakeUp);
addEventListener("online", wakeUp);
addEventListener("pagehide", () => live.close());
addEventListener("pageshow", ({ persisted }) => persisted && wakeUp());
setInterval(() => document.hidden || live.check(), CHECK);
byId("status").textContent = "Connecting …";
arrive();
