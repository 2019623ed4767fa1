// Load: the whole page anew. Never over what a person typed, never into a server that is down.

// Ms; a server that takes longer is there.
const SLOW = 250;
// Ms between two tries, first and last.
const WAITS = [200, 1500];
// Ms after a load for new code of a server, that may only now start again.
const LATER = [1000, 3000];

// A Content-Security-Policy forbids the page to fetch itself.
let fenced = false;
// A load that waits for a person.
let owed = null;
let reloading = false;

function load(update) {
  if (!isDirty()) return loadNow(update);
  owed = update;
  acknowledge(update, "waiting");
  return showReady(() => loadNow(owed));
}

async function loadNow(update) {
  hideReady();
  const { id, time, last, cause, files } = update;
  const restarts = ![...files.values()].every(isServed);
  const proofs = renewUses(files);
  keepInTab("load", { page: pageName, place: keepPlace(), update: { id, time, last, cause }, restarts });
  const answers = await Promise.race([Promise.all(proofs), pause(SLOW)]);
  // What the page uses proves that its server is there.
  if (!answers?.length || !answers.every(({ ok }) => ok)) await serverAnswers();
  reloading = true;
  location.reload();
}

// A browser takes what it keeps for fresh without asking, also on a reload. An answer for each use.
function renewUses(files) {
  const isNew = (url) => [...files.values()].some(({ path }) => endsLike(path, url));
  const changed = fenced ? [] : [...uses.keys()].filter(isNew);
  return changed.map((url) => fetch(url, { cache: "reload", mode: "no-cors", keepalive: true }).catch(() => ({})));
}

// Resolves when the page's own server can show the page: a load before that is the end of it.
async function serverAnswers() {
  let [wait, last] = WAITS;
  while (!(await answers())) {
    await pause(wait);
    wait = Math.min(wait * 1.5, last);
  }
}

async function answers() {
  if (fenced || !location.protocol.startsWith("http")) return true;
  try {
    const answer = await fetch(pageUrl(), { cache: "no-store", signal: AbortSignal.timeout(SLOW) });
    // Some servers complain of an answer that nobody reads.
    await answer.text();
    return answer.ok || answer.status === navigation().responseStatus;
  } catch (error) {
    // The violation is told after the refusal.
    await pause(0);
    return fenced || error.name === "TimeoutError";
  }
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

function navigation() {
  return performance.getEntriesByType("navigation")[0];
}

// After a load of ours: where the page was, and what the load was for.
function resume() {
  const { page, place, update, restarts } = takeFromTab("load") || {};
  if (!update) return;
  pageName = page;
  shownTo = update.last;
  restorePlace(place);
  const shown = () => requestAnimationFrame(() => acknowledge(update, "reload"));
  if (dom.readyState === "complete") shown();
  else window.addEventListener("load", shown, { once: true });
  if (restarts) LATER.forEach((ms) => setTimeout(lookAgain, ms, update));
}

// What the server says now may be other than what it said just before it started again.
function lookAgain(update) {
  if (busy || fenced) return;
  alone(async () => {
    const did = await morphPage();
    if (!did || did === "reload") await load({ ...update, files: new Map() });
  });
}

// ---- what a later document of this tab has to know of this one, by the page's address

function keepInTab(name, value) {
  try {
    sessionStorage.setItem(`trayapp:${name}:${pageUrl()}`, JSON.stringify(value));
  } catch {
    // A sandboxed page has no storage.
  }
}

function takeFromTab(name) {
  const key = `trayapp:${name}:${pageUrl()}`;
  try {
    const value = JSON.parse(sessionStorage.getItem(key));
    sessionStorage.removeItem(key);
    return value;
  } catch {
    return null;
  }
}
