// Source: the text this page was made of, as it was and as it is now.
// What does its work once, at the load.
const ONCE = "script, base, template, meta[http-equiv]";
// What the page shows, once that is known for certain; else the page when the parser was done.
let shownSource = "";
let snapshot = null;
let startUrl = "";
let fetches = 0;
let answered = 0;

function rememberSource() {
  watchTyping();
  startUrl = pageUrl();
  // This moment comes before the deferred scripts.
  if (document.readyState !== "loading") takeSnapshot(true);
  else document.addEventListener("readystatechange", () => takeSnapshot(false), { once: true });
}

const isXml = () => document.contentType !== "text/html";

// `guessed`: scripts may have worked on it already.
function takeSnapshot(late) {
  const root = document.documentElement;
  const text = isXml() ? new XMLSerializer().serializeToString(root) : root.outerHTML;
  const worked = ({ type, defer, async }) => late || !(defer || async || type === "module");
  const guessed = [...document.scripts].some((script) => script !== tag && worked(script));
  snapshot = { text, guessed };
}

// Brings the page to what its source is now: "morph" when that is shown, "none" when the source is
// what it was, "reload" when only a load can show it. Rejects when the server cannot be reached.
async function morphPage() {
  if (!canMorph()) return "reload";
  const turn = ++fetches;
  const cached = shownSource ? "" : await cachedSource();
  const text = await sourceOf(await askSource("no-store"));
  // A later answer has been shown.
  if (turn < answered) return "none";
  answered = turn;
  return showSource(text, cached);
}

// Not a page that may not read itself, or that stands at another address than its source.
function canMorph() {
  return window.origin === location.origin && /^http/.test(location.protocol) &&
    pageUrl() === startUrl && (shownSource || snapshot);
}

async function showSource(text, cached) {
  if (text === null) return "reload";
  if (text === shownSource) return "none";
  const known = shownSource || (cached !== text && cached);
  const [before, after] = [known || snapshot.text, text].map(parsePage);
  // Loaded, an ill-formed page would be an error without any script.
  if (!after) return isXml() ? "none" : "reload";
  const steps = before && isMorphable(before, after) &&
    planMorph(document.documentElement, before.documentElement, after.documentElement, !known && snapshot.guessed);
  if (!steps) return "reload";
  // Before the wait for sheets, in which the next one may come.
  shownSource = text;
  await takeSteps(steps);
  return steps.length ? "morph" : "none";
}

function isMorphable(before, after) {
  const [were, are] = [before, after].map((page) =>
    [...page.querySelectorAll(ONCE)].map(markup).join("\n"));
  return were === are && after.compatMode === document.compatMode;
}

// Null when it is no well-formed page, or the page's Trusted Types forbid the parser.
function parsePage(text) {
  let page;
  try {
    page = new DOMParser().parseFromString(text, document.contentType);
  } catch {
    return null;
  }
  const [here] = document.querySelectorAll("[nonce]");
  // A nonce differs with each answer, and only the page's own is worth anything here.
  page.querySelectorAll("[nonce]").forEach((one) => one.setAttribute("nonce", here ? here.nonce : ""));
  page.querySelectorAll("trayapp-ui").forEach((one) => one.remove());
  return page.querySelector("parsererror") ? null : page;
}

function askSource(cache) {
  return fetch(pageUrl(), { cache, headers: { Accept: `${document.contentType}, */*;q=0.1` } });
}

// Null when the page's address does not answer with such a page.
async function sourceOf(answer) {
  const type = answer.headers.get("content-type") || "";
  if (!answer.ok || answer.redirected || !type.startsWith(document.contentType)) return null;
  return new TextDecoder(document.characterSet).decode(await answer.arrayBuffer());
}

// What the browser holds of the page's own load: the source before scripts came to it. Only from
// its cache, and no younger than the page: anything else is a source of later.
async function cachedSource() {
  // A service worker has caches of its own.
  if (navigator.serviceWorker && navigator.serviceWorker.controller) return "";
  const answer = await askSource("force-cache");
  const text = await sourceOf(answer);
  // The entry comes after the answer.
  await pause(0);
  const [load] = performance.getEntriesByType("navigation");
  const entry = performance.getEntriesByName(pageUrl(), "resource").pop();
  const loaded = performance.timeOrigin + (load ? load.responseEnd : 0);
  const own = entry && entry.transferSize === 0 && Date.parse(answer.headers.get("date")) <= loaded;
  return own && text ? text : "";
}
