// Start: the only part that does something by itself.

const LOADED = Symbol.for("trayapp.page");

function start() {
  window[LOADED] = true; // a second tag on the same page would do everything twice
  window.trayapp = window.trayapp || api;
  document.addEventListener("securitypolicyviolation", (event) => {
    noteFence(event);
    onViolation(event);
    if (isBlocked()) leave();
  });
  document.addEventListener("visibilitychange", () => {
    attend();
    showNext();
  });
  window.addEventListener("online", attend);
  window.addEventListener("pagehide", () => {
    leave(); // an open stream keeps a page out of the back cache
    reportLeaving();
  });
  // Only from the back cache: the first one comes with the load.
  window.addEventListener("pageshow", ({ persisted }) => persisted && begin());
  watchUses();
  rememberSource();
  resume();
  begin();
}

function begin() {
  enter();
  reportComing();
}

if (!inPage) serveTabs();
else if (tag && !window[LOADED] && hasEventSource()) start();
