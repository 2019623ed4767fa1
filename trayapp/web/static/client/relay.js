// Relay: what came on a stream, kept for the pages that share it and those that come later.
// Every page keeps it, so that any of them can take the stream over without losing an event.
// A message is {type, data, id}: data is that of hello and reset, the envelope of all others.

// Messages.
const KEPT = 200;
// S: a page asks for more than it needs, for pages that were opened just before it.
const MARGIN = 30;
// S, as far back as trayapp looks.
const LONGEST = 86400;

// `skew` is what trayapp's clock is ahead of ours, in s. The log is complete from `from` on, a time
// of trayapp's clock.
// `slack` is how much more it may be: the hello was under way.
const relay = { hello: null, slack: 0, live: false, skew: 0, from: 0, cursor: "", log: [] };

const serverNow = () => Date.now() / 1000 + relay.skew;

// Whether the event `id` came after `cursor`. Numbers count within an epoch.
function isAfter(id, cursor) {
  const [epoch, number] = splitId(id);
  const [before, last] = splitId(cursor);
  return epoch !== before || number > last;
}

function splitId(id) {
  const cut = id.lastIndexOf("-");
  return [id.slice(0, cut), Number(id.slice(cut + 1))];
}

// Where a stream on `base` begins: after the last event, or `age` seconds ago.
function resuming(base, age) {
  const url = new URL(base);
  if (relay.cursor) url.searchParams.set("last_event_id", relay.cursor);
  else url.searchParams.set("since", `${Math.min(age + MARGIN, LONGEST).toFixed(3)}s`);
  return url.href;
}

// Notes the hello of a stream, or of the page that has one.
function greet({ data, skew, slack }) {
  Object.assign(relay, { hello: data, skew, slack });
  relay.from ||= Math.max(data.from || data.time || 0, serverNow() - pageAge() - MARGIN);
}

// Notes any other message; false when it is known already.
function note(message) {
  const { type, data, id } = message;
  if (type !== "reset" && !isAfter(id, relay.cursor)) return false;
  relay.cursor = id;
  if (type === "reset") {
    relay.log = [];
    relay.from = serverNow();
  } else relay.log.push(message);
  if (relay.log.length > KEPT) relay.from = relay.log.shift().data.time;
  if (type === "change") renew(data.data);
  return true;
}

function renew({ root, fingerprint }) {
  const told = relay.hello?.roots.find((one) => one.root === root);
  if (told && fingerprint) told.fingerprint = fingerprint;
}

// What a page that joins has to know; `since` is Unix time in s, `cursor` the last event it heard.
function welcome({ join, cursor, since }) {
  const missed = ({ id, data }) => (cursor ? isAfter(id, cursor) : data.time >= since + relay.skew);
  const { skew, slack, live, cursor: id } = relay;
  const data = { ...relay.hello, from: relay.from, time: serverNow() };
  return { to: join, type: "welcome", data, id, skew, slack, live, events: relay.log.filter(missed) };
}
