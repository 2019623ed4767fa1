// Update: what a change does to this page.
function apply(change) {
  if (options.update === "off") return;
  const stamp = change.fingerprint || Date.now().toString(36);
  const whole = options.update === "reload" || change.action === "reload" || change.more > 0;
  if (whole || !change.paths.every((path) => applyPath(path, stamp))) reload();
}

// False when only a reload can show the change. A file that the page never used needs nothing.
function applyPath({ path, change }, stamp) {
  if (change === "deleted") return !fetched(path);
  const swapped = /\.css$/i.test(path) ? swapSheets(path, stamp) : swapImages(path, stamp);
  return swapped.length > 0 || !fetched(path);
}

function reload() {
  if (options.update !== "off") location.reload(); // the browser keeps the scroll position
}
