// Uses: which files the browser fetched for this page, and when. The browser keeps the first 250
// of them only, so they are noted as they come.

// More, and nobody can say any longer what the page does not use.
const MOST = 5000;

// URL -> {at: ms on the page's clock, by: what asked for it}.
const uses = new Map();
let observer = null;
// {root, path}: the file that is this page, byte for byte; trayapp says so.
let standing = null;

function watchUses() {
  observer = new PerformanceObserver((list) => list.getEntries().forEach(noteUse));
  observer.observe({ type: "resource", buffered: true });
}

function noteUse(entry) {
  const url = new URL(entry.name);
  // The stamp of a swap.
  url.searchParams.delete("trayapp");
  // Browsers ask for an icon by themselves.
  if (url.pathname === ICON || url.origin === options.server.origin || url.href === pageUrl()) return;
  const earlier = uses.get(url.href);
  uses.set(url.href, { at: sentAt(entry), by: earlier ? earlier.by : entry.initiatorType });
}

// When an answer was asked for; 0 for one that the browser had kept from a time that it does not tell.
function sentAt({ requestStart, fetchStart, transferSize, encodedBodySize }) {
  return !transferSize && encodedBodySize ? 0 : requestStart || fetchStart;
}

function pageUrl() {
  return location.href.split("#")[0];
}

// When `path` was last fetched for this page, whatever for; -1 if never.
function fetchedAt(path) {
  observer.takeRecords().forEach(noteUse);
  if (uses.size > MOST) return 0;
  const times = [...uses].filter(([url]) => endsLike(path, url)).map(([, { at }]) => at);
  return Math.max(-1, ...times);
}

function isUsed(path) {
  return fetchedAt(path) >= 0;
}

// Whether one of `path` and `url` ends with the whole of the other.
function endsLike(path, url) {
  const shared = closeness(path, url);
  return shared > 0 && shared === Math.min(path.split("/").length, segments(url).length);
}

// Whether scripts of this page asked servers for something, that may come from any file.
function asksServers() {
  return [...uses.values()].some(({ by }) => by === "fetch" || by === "xmlhttprequest");
}

// Whether `path` is the file behind this page's own address.
function isOwnPage({ root, path }) {
  if (standing) return standing.root === root && standing.path === path;
  const url = pageUrl().split("?")[0];
  const names = url.endsWith("/") ? ["index.html", "index.htm"] : ["", ".html", "/index.html"];
  return names.some((name) => endsLike(path, url + name));
}

// Whether the page shows `path` as it was before `time`, on trayapp's clock.
function isStale(path, time) {
  const at = fetchedAt(path);
  const asked = at < 0 ? sentAt(navigation()) : at;
  return serverNow() - pageAge() + asked / 1000 < time;
}
