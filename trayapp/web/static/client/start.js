// Start: the only part that does something by itself.

// Ms; a page may take long to load, or never come to an end of it.
const PATIENT = 1000;

function startPage() {
  // A second tag on the same page would do everything twice.
  window[LOADED] = {
    dirtyFields, dom, holdsStream, isBlocked, options, pageUrl, pause, pauseUpdates, resumeUpdates, serverUrl,
    stands, start, touched, updatesPaused,
  };
  // An element with this id is no property of the window's own.
  if (!Object.hasOwn(window, "trayapp")) window.trayapp = api;
  dom.addEventListener("securitypolicyviolation", onViolation);
  dom.addEventListener("visibilitychange", () => {
    attend();
    showNext();
  });
  window.addEventListener("online", attend);
  // An open stream keeps a page out of the back cache.
  window.addEventListener("pagehide", () => {
    leave();
    keepInTab("known", [...known]);
    reportLeaving();
  });
  // Only from the back cache: the first one comes with the load.
  window.addEventListener("pageshow", ({ persisted }) => persisted && begin());
  watchUses();
  rememberStart();
  // The page comes first: what happens until then is made good.
  requestAnimationFrame(resume);
  if (dom.readyState === "complete") begin();
  else window.addEventListener("load", () => setTimeout(begin), { once: true });
  setTimeout(begin, PATIENT);
}

function begin() {
  if (line) return;
  resume();
  recallKnown();
  enter();
  reportComing();
}

if (!inPage) serveTabs();
else if (!window.EventSource) console.warn("trayapp: this browser needs event-source-polyfill.");
else if (tag && !window[LOADED]) startPage();
