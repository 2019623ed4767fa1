// Source: the text this page was made of, as it was and as it is now.

const { dirtyFields, dom, pageUrl, pause, start, touched } = window[Symbol.for("trayapp.page")];
// What does its work once, at the load.
const ONCE = "script, base, template, meta[http-equiv], source, track";
// What the page shows, once that is known for certain.
let shownSource = "";

// Brings the page to what its source is now: "morph" when that is shown, "none" when the source is
// what it was, "reload" when only a load can show it. Rejects when the server cannot be reached.
// One at a time.
async function morphPage() {
  if (!canMorph()) return "reload";
  const cached = shownSource ? "" : await cachedSource();
  const text = await sourceOf(await askSource("no-store"));
  if (text === shownSource) return "none";
  try {
    return text === null ? "reload" : await showSource(text, shownSource || (cached !== text && cached));
  } catch (problem) {
    // The page's Trusted Types forbid the parser, or a fault of ours: a load makes both good.
    console.warn("trayapp: loads this page, for it could not be morphed:", problem);
    return "reload";
  }
}

async function showSource(text, known) {
  const [before, after] = [known || start.text, text].map((source) =>
    new DOMParser().parseFromString(source, dom.contentType));
  // Loaded, an ill-formed XML page would be an error without any script.
  if (after.querySelector("parsererror")) return "none";
  const steps = isMorphable(before, after) &&
    planMorph(dom.documentElement, rootOf(before), rootOf(after), !known && start.guessed);
  if (!steps) return "reload";
  await takeSteps(steps);
  shownSource = text;
  return steps.length ? "morph" : "none";
}

// As for the page itself: markup may give a parsed document another documentElement.
function rootOf(page) {
  return Reflect.get(Document.prototype, "documentElement", page);
}

// Not a page that may not read itself, or that stands at another address than its source.
function canMorph() {
  return window.origin === location.origin && /^http/.test(location.protocol) &&
    pageUrl() === start.url && (shownSource || start.text);
}

function isMorphable(before, after) {
  const [were, are] = [before, after].map((page) => {
    page.querySelectorAll("trayapp-ui").forEach((one) => one.remove());
    // It differs with each answer.
    page.querySelectorAll("[nonce]").forEach((one) => one.removeAttribute("nonce"));
    return [...page.querySelectorAll(ONCE)].map((one) => one.outerHTML).join();
  });
  return were === are && after.compatMode === dom.compatMode;
}

function askSource(cache) {
  return fetch(pageUrl(), { cache, headers: { Accept: `${dom.contentType}, */*;q=0.1` } });
}

// Null when the page's address does not answer with such a page.
async function sourceOf(answer) {
  const type = answer.headers.get("content-type") || "";
  if (!answer.ok || answer.redirected || !type.startsWith(dom.contentType)) return null;
  return new TextDecoder(dom.characterSet).decode(await answer.arrayBuffer());
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
  const own = entry && entry.transferSize === 0 &&
    Date.parse(answer.headers.get("date")) <= performance.timeOrigin + load.responseEnd;
  return own && text ? text : "";
}
