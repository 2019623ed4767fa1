// The page that a phone opens by the QR code: trades the code for a cookie that no script can read,
// then shows what happens on the computer. All text is put in as text.

const RETRY = [300, 2000]; // ms between two tries to connect, first and last
const BUSY = 5000; // ms; the computer asked for patience
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

// The status of the stream; 0 when there is no answer.
async function mayRead() {
  const { status = 0 } = await fetch("/stream", { method: "HEAD", cache: "no-store" }).catch(() => ({}));
  return status;
}

// ---- once it is paired

// The stream of events, open again after each loss. `hear(type, data)` gets them with their envelope,
// and "on", "lost", "busy" and "forgotten" when that is what happens.
class Live {
  constructor(hear) {
    Object.assign(this, { hear, source: null, cursor: "", wait: RETRY[0], timer: 0 });
  }

  open() {
    this.close();
    const query = new URLSearchParams({ envelope: "1", typed: "0" });
    if (this.cursor) query.set("last_event_id", this.cursor);
    this.source = new EventSource(`/stream?${query}`);
    this.source.onerror = () => this.lose();
    this.on("hello", (hello) => {
      this.wait = RETRY[0];
      this.hear("on", hello);
    });
    for (const type of TYPES) this.on(type, (event) => this.hear("event", event));
    this.on("reset", () => {});
    this.on("bye", () => this.again(RETRY[0]));
    this.on("busy", () => {
      this.hear("busy");
      this.again(BUSY);
    });
  }

  on(type, act) {
    this.source.addEventListener(type, ({ data, lastEventId }) => {
      this.cursor = lastEventId || this.cursor;
      act(JSON.parse(data || "{}"));
    });
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
  }

  again(wait) {
    this.close();
    this.timer = setTimeout(() => this.open(), wait);
  }

  // A browser does not say why a stream was refused.
  async lose() {
    this.close();
    const { source } = this;
    const status = await mayRead();
    if (source !== this.source) return;
    this.hear(status === 401 ? "forgotten" : "lost");
    this.wait = Math.min(this.wait * 1.5, RETRY[1]);
    if (status !== 401) this.again(this.wait);
  }
}

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
  const { EventList } = await import("/static/events.js");
  const list = new EventList(byId("events"), byId("events-none"));
  const stream = new Live((what, data) => {
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
