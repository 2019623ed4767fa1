// Fingerprints: whether this page shows what the watch roots hold.
// The first fingerprint heard of a root is taken for what the page shows, once the changes since it
// was asked for have been looked at. A later one that differs and is not explained by a change means
// that something was missed: the page is shown anew, once.

// Ms after hello in which the events that were missed follow.
const REPLAY = 300;

// Root -> fingerprint of what this page shows.
const known = new Map();
// The time of the first hello: a change before it may be on this page already.
let met = 0;
let missed = [];
// What a load of ours was for is shown by it, however late the hello by which clocks are compared.
let shownTo = 0;
let settling = 0;

// A page that comes back from the browser's cache shows what it showed when it was left: no change
// since then is on it.
function recallKnown() {
  if (navigation().type !== "back_forward" || sentAt(navigation())) return;
  for (const one of takeFromTab("known") || []) {
    known.set(...one);
    met = 1;
  }
}

// A page that follows a root also shows the roots within it.
function follows({ root, within = [] }) {
  return !options.roots.length || [root, ...within].some((label) => options.roots.includes(label));
}

function isMissed({ root, fingerprint }) {
  return known.get(root) !== fingerprint;
}

function onHello({ roots, paused, from, time }) {
  const told = roots.filter((one) => one.fingerprint && follows(one));
  told.forEach(({ root, fingerprint }) => known.has(root) || known.set(root, fingerprint));
  clearTimeout(settling);
  missed = paused ? [] : told.filter(isMissed);
  if (missed.length) settling = setTimeout(catchUp, REPLAY);
  // Nobody knows what came since the page was asked for.
  else if (!met && from > serverNow() - pageAge()) queueWhole(time);
  met ||= time || 0;
}

// Called when no replay will explain a difference any more.
function catchUp() {
  clearTimeout(settling);
  const behind = missed.filter(isMissed);
  behind.forEach(({ root, fingerprint }) => known.set(root, fingerprint));
  missed = [];
  if (behind.length) queueWhole(serverNow());
}

// Another computer of the team may have made it of anything.
function isChange(change) {
  return change?.root?.at && change.time > 0 && change.paths.every(({ path }) => path.at);
}

function onChange(change, envelope) {
  if (isChange(change) && follows(change)) onOurs(change, envelope);
}

function onOurs(change, { id }) {
  const { root, fingerprint, action, time } = change;
  const replayed = time < met;
  const scanned = known.has(root) && fingerprint;
  if (fingerprint && !replayed && !isMissed(change)) return;
  if (fingerprint) known.set(root, fingerprint);
  // What was saved before the page was asked for is on it: others share the stream, and want more.
  if (replayed && time < serverNow() - pageAge()) return;
  if (action !== "none") follow(change, replayed, id);
  // Only now it is known what the root holds, and it is not what the page shows.
  else if (scanned && !replayed) queueWhole(time);
}

function follow(change, replayed, id) {
  const news = replayed ? onlyStale(change) : change;
  if (news && tell("trayapp:change", news)) queue(news, id);
  // It is shown already, or the page sees to it.
  else acknowledge({ ...change, id }, "none");
}

// What of a change that came before our first hello this page does not show.
function onlyStale(change) {
  const { time } = change;
  const paths = change.paths.filter(({ path }) => time > shownTo && isStale(path, time));
  return paths.length && { ...change, paths };
}
