// Stream: the connection, which never gives up.
// A browser ends an EventSource for good at the first refusal and waits as it likes otherwise, so
// every loss is answered here: with a new one, that names the last event seen.

const FIRST_DELAY = 200; // ms, growing by half to
const LAST_DELAY = 1200; // so that a page is right within 2 s of the server's return
const BUSY_DELAY = 5000; // the server asked for patience
const BYE_DELAY = 1500; // at most: all pages hear bye at once, and must not all come back at once
const RESTS_AFTER = 5000; // ms hidden; a browser has six connections to a server for all its tabs
let source = null;
let cursor = "";
let delay = FIRST_DELAY;
let retry = 0;
let rest = 0;
let blocked = false;
let told = null; // what the page was told last: connected or not

const readers = {
  hello: (data) => {
    const hello = JSON.parse(data);
    delay = FIRST_DELAY;
    tellStream(true, hello.paused);
    onHello(hello);
  },
  reset: () => catchUp(),
  change: (data) => onChange(JSON.parse(opened(data).data)),
  notify: (data) => onNotify(JSON.parse(opened(data).data)),
  message: (data) => tell("trayapp:message", opened(data)),
  busy: () => reconnect(BUSY_DELAY),
  bye: () => reconnect(BYE_DELAY, 0.8),
};

const opened = (data) => (options.topics.length ? JSON.parse(data) : { data });

function connect() {
  disconnect();
  if (blocked) return;
  source = new EventSource(streamUrl(cursor));
  source.onerror = () => reconnect(delay);
  for (const [type, read] of Object.entries(readers)) {
    source.addEventListener(type, (event) => {
      cursor = event.lastEventId || cursor;
      read(event.data);
    });
  }
}

function disconnect() {
  clearTimeout(retry);
  clearTimeout(settle);
  if (source) source.close();
  source = null;
}

function tellStream(connected, paused) {
  if (connected || connected !== told) tell("trayapp:stream", { connected, paused });
  told = connected;
}

function reconnect(wait, spread = 0.2) {
  disconnect();
  tellStream(false, false);
  if (document.hidden) return; // nobody looks; `kick` follows when somebody does
  retry = setTimeout(connect, wait * (1 - spread * Math.random()));
  delay = Math.min(delay * 1.5, LAST_DELAY);
}

function kick() {
  clearTimeout(rest);
  if (document.hidden) rest = setTimeout(disconnect, RESTS_AFTER);
  else if (!source) connect();
}

// Without this line the browser reports a blocked connection, and nobody knows the remedy.
function onViolation({ blockedURI, effectiveDirective }) {
  if (effectiveDirective !== "connect-src" || !blockedURI.startsWith(options.server.origin)) return;
  blocked = true;
  disconnect();
  console.warn(`trayapp: this page's Content-Security-Policy blocks the updates. Add to it: ` +
    `connect-src ${options.server.origin}`);
}
