// Update: what a change does to this page. Style sheets and images are swapped, the page's own HTML
// is morphed, and what only a load can show is loaded. What cannot be judged is loaded too: being
// precise never makes a page stale.

const HTML = /\.(x?html?|xht)$/i;
const SHEET = /\.css$/i;
const IMAGE = /\.(a?png|avif|bmp|gif|ico|jpe?g|svg|webp)$/i;
// Files that pages get as they are, so that one a page never fetched is not on it.
const SERVED = /\.(css|a?png|avif|bmp|gif|ico|jpe?g|svg|webp|woff2?|ttf|otf|eot|mp[34]|og[agv]|wav|flac|webm|vtt|pdf)$/i;
// Scripts are served or run by a server: only beside a page that is a plain file they are the former.
const SCRIPT = /\.([cm]?[jt]sx?|vue|svelte|wasm)$/i;
// Servers write them, perhaps for each page that they are asked for: no code, nothing starts again.
const WRITTEN = /\.(log|db|sqlite3?)$/i;
// What is made of them is a file of its own.
const SOURCES = /\.(map|s[ac]ss|less|styl)$/i;

// What this page has not shown yet, merged into one.
let pending = null;
let busy = false;
let paused = false;

// An update is the `files` of changes by name, or the `whole` page; `time` is that of the first,
// `last` that of the last.
function merged(earlier, { root, paths, more, cause, fingerprint, time }, id) {
  const update = earlier || { files: new Map(), whole: false, time };
  for (const file of paths) update.files.set(`${root}/${file.path}`, { root, ...file });
  update.whole ||= more > 0;
  return Object.assign(update, { id: id || update.id || "", cause, last: time, stamp: fingerprint || Date.now().toString(36) });
}

function queue(change, id) {
  if (options.update === "off") return;
  pending = merged(pending, change, id);
  showNext();
}

function queueWhole(time) {
  queue({ root: "", paths: [], more: 1, cause: "what was missed", time });
}

function showNext() {
  if (busy || !pending) return;
  if (paused || dom.hidden) {
    if (paused) showReady(resumeUpdates);
    acknowledge(pending, "waiting");
    return;
  }
  const update = pending;
  pending = null;
  // What cannot be shown in place is loaded: a page is never stale by a fault.
  alone(() => show(update).catch(() => load(update)));
}

// One thing at a time; what came meanwhile is next.
async function alone(act) {
  busy = true;
  try {
    await act();
  } finally {
    busy = false;
  }
  showNext();
}

function pauseUpdates() {
  paused = true;
  stand({});
}

function resumeUpdates() {
  paused = false;
  hideReady();
  stand({});
  showNext();
}

function updatesPaused() {
  return paused;
}

async function show(update) {
  const files = [...update.files.values()];
  if (update.whole || options.update === "reload" || files.some(needsLoad)) return load(update);
  const swaps = files.filter(isSwapped).map((file) => [file, swap(file, update.stamp)]);
  if (swaps.some(([{ path }, shown]) => !shown.length && isUsed(path))) return load(update);
  const shown = swaps.flatMap(([, each]) => each);
  const pages = files.filter(needsMorph);
  const did = pages.length ? await showPage(pages) : "none";
  if (did === "reload") return load(update);
  const swapped = files.some(({ path }) => SHEET.test(path)) ? "css" : "image";
  const action = did === "morph" || !shown.length ? did : swapped;
  Promise.all(shown).then(() => acknowledge(update, action));
}

function isSwapped({ path, change }) {
  return change !== "deleted" && (SHEET.test(path) || IMAGE.test(path));
}

function swap({ path }, stamp) {
  return SHEET.test(path) ? swapSheets(path, stamp) : swapImages(path, stamp);
}

function needsMorph(file) {
  return HTML.test(file.path) && (isOwnPage(file) || !standing);
}

function needsLoad(file) {
  const { path } = file;
  if (isSwapped(file) || SOURCES.test(path)) return false;
  if (HTML.test(path)) return !isOwnPage(file) && isUsed(path) && !isFramed(path);
  return isUsed(path) || !(SERVED.test(path) || (standing && SCRIPT.test(path)));
}

// Whether `path` is in frames only that follow it by themselves.
function isFramed(path) {
  const frames = everyElement("iframe[src], frame[src]").filter(({ src }) => endsLike(path, src));
  return frames.length > 0 && frames.every(({ contentWindow }) => {
    try {
      return contentWindow[LOADED];
    } catch {
      // Of another origin.
      return false;
    }
  });
}

// Whether the page's server shows what is new without starting again.
function isServed({ path }) {
  return isUsed(path) || SERVED.test(path) || HTML.test(path) || WRITTEN.test(path);
}

// Empty while the page's server cannot be reached.
function morphPage() {
  return extra("morph").then((morph) => morph.morphPage().catch(() => ""), () => "reload");
}

// Fetches the page and shows what is different. When nothing is, a template may still be on the
// page in what its scripts asked for.
async function showPage(files) {
  let did = "";
  while (!did) {
    did = fenced ? "reload" : await morphPage();
    if (!did) await serverAnswers();
  }
  return did === "none" && !files.some(isOwnPage) && asksServers() ? "reload" : did;
}
