// Fingerprints: whether this page shows what the watch roots hold.
// The first fingerprint heard of a root is taken for what the page shows. A later one that differs
// and is not explained by a change means that something was missed: one reload makes it right.

const REPLAY = 300; // ms after hello in which the events that were missed follow
const known = new Map(); // root -> fingerprint of what this page shows
let missed = [];
let settle = 0;

// A page that follows a root also shows the roots within it.
const follows = ({ root, within = [] }) =>
  !options.roots.length || [root, ...within].some((label) => options.roots.includes(label));

function onHello({ roots, paused }) {
  const told = roots.filter((one) => one.fingerprint && follows(one));
  told.forEach(({ root, fingerprint }) => known.has(root) || known.set(root, fingerprint));
  missed = paused ? [] : told.filter(isMissed);
  clearTimeout(settle);
  if (missed.length) settle = setTimeout(catchUp, REPLAY);
}

function isMissed({ root, fingerprint }) {
  return known.get(root) !== fingerprint;
}

// Called when no replay will explain a difference any more.
function catchUp() {
  clearTimeout(settle);
  const behind = missed.filter(isMissed);
  behind.forEach(({ root, fingerprint }) => known.set(root, fingerprint));
  missed = [];
  if (behind.length) reload();
}

function onChange(change) {
  const { root, fingerprint, action } = change;
  if (!follows(change) || (fingerprint && !isMissed(change))) return;
  const first = !known.has(root);
  if (fingerprint) known.set(root, fingerprint);
  if (action !== "none") {
    if (tell("trayapp:change", change)) apply(change);
  } else if (fingerprint && !first) {
    reload(); // the root has been scanned, and holds something else than this page
  }
}
