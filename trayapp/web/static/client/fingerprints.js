// Fingerprints: whether this page shows what the watch roots hold.
// The first fingerprint heard of a root is taken for what the page shows, once the changes since it
// was asked for have been looked at. A later one that differs and is not explained by a change means
// that something was missed: the page is shown anew, once.

const REPLAY = 300; // ms after hello in which the events that were missed follow

const known = new Map(); // root -> fingerprint of what this page shows
let met = 0; // the time of the first hello: a change before it may be on this page already
let missed = [];
let settling = 0;

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
  else if (!met && from > serverNow() - pageAge()) queueWhole(time); // nobody knows what came since
  met = met || time || 0;
}

// Called when no replay will explain a difference any more.
function catchUp() {
  clearTimeout(settling);
  const behind = missed.filter(isMissed);
  behind.forEach(({ root, fingerprint }) => known.set(root, fingerprint));
  missed = [];
  if (behind.length) queueWhole(serverNow());
}

function onChange(change, { id }) {
  if (!follows(change)) return;
  const { root, fingerprint, action, time } = change;
  const replayed = time < met;
  if (fingerprint && !replayed && !isMissed(change)) return;
  const first = !known.has(root);
  if (fingerprint) known.set(root, fingerprint);
  if (action === "none") {
    if (fingerprint && !first && !replayed) queueWhole(time); // scanned now: not what the page shows
    return;
  }
  const news = replayed ? onlyStale(change) : change;
  if (news && tell("trayapp:change", news)) queue(news, id);
  else acknowledge({ ...change, id }, "none"); // it is shown already, or the page sees to it
}

// What of a change that came before our first hello this page does not show.
function onlyStale(change) {
  const paths = change.paths.filter(({ path }) => isStale(path, change.time));
  return paths.length && { ...change, paths };
}
