// The page that a phone opens by the QR code: trades the code for a cookie that no script can read,
// then shows what happens on the computer. All text is put in as text.

import { Live, mayRead } from "./live.js";

const TYPES = ["change", "notify", "message"];

const main = document.querySelector("main");
const byId = (id) => document.getElementById(id);

async function post(path, body, headers = { "Content-Type": "application/json" }) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(path, { method: "POST", headers, body: text });
  const said = await answer.json().catch(() => ({}));
  return { ok: answer.ok, said: said.error || `trayapp answered with status ${answer.status}.` };
}

// ---- before it is paired

// The code is out of the address as soon as it is known what became of it.
function forgetCode() {
  history.replaceState(null, "", "/pair");
}

async function trade(code) {
  showProblem("");
  byId("wait").hidden = false;
  byId("again").hidden = true;
  try {
    const { ok, said } = await post("/pair", { code, name: "" });
    if (ok) {
      location.replace("/pair#paired");
      return;
    }
    forgetCode();
    refuse(said);
  } catch {
    refuse("The computer does not answer. Is this device in the same network, and sharing still on?");
    byId("again").hidden = false;
    byId("again").onclick = () => trade(code);
  }
}

function refuse(said) {
  byId("wait").hidden = true;
  byId("how").hidden = false;
  showProblem(said);
}

function showProblem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

async function begin(code) {
  if (code) trade(code);
  else if (location.hash === "#paired") showProblem("The code was right, but this browser keeps no cookies. " +
    "Allow them for this address, and scan a new code.");
  // A browser that comes by a link of another site leaves the cookie out.
  else if (await mayRead() === 200) location.replace("/pair?again#paired");
}

// ---- once it is paired

const STATUS = {
  lost: "The computer does not answer. It is found again by itself, once sharing is on and this device is in its network.",
  busy: "The computer has too many open pages of this device. Close some.",
  forgotten: "This device is not paired any longer. Scan a new code on the computer.",
};

// A device that is paired and scans a code is given a new cookie, and keeps its name.
async function renew(code) {
  await post("/pair", { code, name: byId("name").value }).catch(() => {});
}

async function live() {
  forgetCode();
  watchForms();
  const { EventList } = await import("./events.js");
  const list = new EventList(byId("events"), byId("events-none"));
  const stream = new Live({}, TYPES, (what, data) => {
    if (what === "reset") return;
    if (what === "event") list.add(data);
    else showStatus(what, data);
  });
  stream.open();
  // A phone that slept has a stream that only seems to be open.
  document.addEventListener("visibilitychange", () => document.hidden || stream.open());
  addEventListener("online", () => stream.open());
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", ({ persisted }) => persisted && stream.open());
}

function showStatus(what, hello) {
  const works = hello?.paused ? "Live, but trayapp is paused on the computer" : "Live";
  byId("status").textContent = STATUS[what] || works;
  byId("dot").className = `dot ${what === "on" ? "on" : "off"}`;
}

function watchForms() {
  byId("rename").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("name").blur();
    act(() => post("/pair", { name: byId("name").value }), "Renamed.");
  });
  const name = byId("name");
  byId("hello").addEventListener("click", () =>
    act(() => post("/notify", `Hello from ${name.value || "this device"}`, {}), "Sent."));
  byId("copy").addEventListener("click", copyTag);
}

async function act(ask, done) {
  const { ok, said } = await ask().catch(() => ({ said: STATUS.lost }));
  say(ok ? done : said);
}

// Without https no script may use the clipboard: then the tag is selected, to be copied by hand.
async function copyTag() {
  const tag = byId("tag");
  getSelection().selectAllChildren(tag);
  const copied = document.execCommand("copy");
  say(copied ? "Copied." : "Selected: copy it by hand.");
}

let quiet = 0;

function say(text) {
  const said = byId("said");
  said.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.textContent = ""; }, 6000);
}

// ----

const code = new URL(location).searchParams.get("code");
if (main.dataset.view === "new") begin(code);
else if (main.dataset.view === "paired") (code ? renew(code) : Promise.resolve()).then(live);
