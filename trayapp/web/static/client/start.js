// Start: the only part that does something by itself.

function startPage() {
  // A second tag on the same page would do everything twice.
  window[LOADED] = {
    dirtyFields, holdsStream, isBlocked, options, pageUrl, pause, pauseUpdates, resumeUpdates, serverUrl,
    stands, start, touched, updatesPaused,
  };
  window.trayapp = window.trayapp || api;
  document.addEventListener("securitypolicyviolation", onViolation);
  document.addEventListener("visibilitychange", () => {
    attend();
    showNext();
  });
  window.addEventListener("online", attend);
  // An open stream keeps a page out of the back cache.
  window.addEventListener("pagehide", () => {
    leave();
    reportLeaving();
  });
  // Only from the back cache: the first one comes with the load.
  window.addEventListener("pageshow", ({ persisted }) => persisted && begin());
  watchUses();
  rememberStart();
  resume();
  begin();
}

function begin() {
  enter();
  reportComing();
}

if (!inPage) serveTabs();
else if (tag && window.EventSource && !window[LOADED]) startPage();
