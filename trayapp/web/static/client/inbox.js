// Inbox: what this page has heard, whatever way it came, each message once and in order.

// Ms hidden; then another page may have the stream, or nobody.
const RESTS_AFTER = 5000;

let line = null;
// Whether what other pages pass on follows what we know.
let joined = false;
let rest = 0;

// Seconds since this page was asked for. One clock stops while the computer sleeps, and the other
// may be set.
function pageAge() {
  const { timeOrigin } = performance;
  return Math.max(performance.now(), Date.now() - timeOrigin) / 1000;
}

function enter() {
  leave();
  if (isBlocked()) return;
  line = joinLine(streamBase(), take);
  attend();
}

function leave() {
  clearTimeout(rest);
  line?.leave();
  line = null;
  joined = false;
}

function streamBase() {
  const url = serverUrl("stream");
  url.searchParams.set("topic", ["change", "notify", "command", ...topics].join(","));
  options.roots.forEach((root) => url.searchParams.append("root", root));
  url.searchParams.set("envelope", "1");
  url.searchParams.set("typed", "0");
  return url.href;
}

// Follows whether somebody looks at the page. Who wants notifications while it is hidden stays.
function attend() {
  clearTimeout(rest);
  if (!line) return;
  if (dom.hidden && !notifiesHidden()) rest = setTimeout(line.rest, RESTS_AFTER);
  else {
    line.look();
    askWhatWasMissed();
  }
}

function askWhatWasMissed() {
  line.ask({ join: pageName, cursor: relay.cursor, since: Date.now() / 1000 - pageAge() - MARGIN });
}

function take(message, mine) {
  const { type, to } = message;
  if (to && to !== pageName) return;
  if (type === "hello" && !mine) {
    // Until we are told what came before.
    joined = false;
    askWhatWasMissed();
  } else if (type === "hello" || type === "welcome") meet(message);
  else if (type === "lost") showConnection(false);
  else if (type === "refused") ask("doctor", "diagnoseRefusal");
  else if (type === "silent") ask("doctor", "diagnoseSilence");
  else if (joined && note(message)) readSafely(message);
}

function meet(message) {
  joined = true;
  if (message.to) greet(message);
  showConnection(message.type === "hello" || message.live, message.data.paused);
  noteRun(message.data);
  onHello(message.data);
  for (const missed of message.events || []) if (note(missed)) readSafely(missed);
  if (message.to && isAfter(message.id, relay.cursor)) relay.cursor = message.id;
}

const readers = {
  __proto__: null,
  reset: catchUp,
  change: onChange,
  notify: onNotify,
  command: onCommand,
};

// Whoever publishes an event chooses what is in it: one that cannot be read stops no other.
function readSafely(message) {
  try {
    read(message);
  } catch (problem) {
    complain(problem);
  }
}

function read({ type, data }) {
  const reader = readers[type] || readers[data.topic];
  if (reader) reader(data.data, data);
  // Or a page that loads itself for a change would do so again and again.
  if (type === "reset" || !isNews(data.time)) return;
  if (type === "message" && topics.has(data.topic)) tell("trayapp:message", data);
  hand(data);
}

// Whether it happened since this page was asked for: the page before it has shown what is older.
// In doubt it has not: the page before it was there for some moments more.
function isNews(time) {
  return time > serverNow() + relay.slack - pageAge();
}

// What the page was told last: connected or not.
let told = null;

function showConnection(connected, paused = false) {
  if (connected || connected !== told) tell("trayapp:stream", { connected, paused });
  told = connected;
  stand({ connected, paused });
}
