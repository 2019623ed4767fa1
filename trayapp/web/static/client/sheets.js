// Sheets: style sheets are replaced while the page stays.
const successors = new WeakMap(); // sheet element -> the clone that is loading to replace it
const arriving = new WeakSet(); // those clones
const turns = new WeakMap(); // sheet element -> stamp of its newest swap; an older one gives up

function rulesOf(sheet) {
  try {
    return sheet ? [...(sheet.cssRules || [])] : [];
  } catch {
    return []; // from another origin, without CORS
  }
}

// Every sheet that is @import'ed below `sheet`, with the element that brings it in.
function imports(sheet, owner) {
  return rulesOf(sheet)
    .filter((rule) => rule instanceof CSSImportRule)
    .flatMap((rule) => [
      { url: new URL(rule.href, sheet.href || document.baseURI).href, owner, imported: true },
      ...imports(rule.styleSheet, owner),
    ]);
}

function sheetUses() {
  return [...document.querySelectorAll("link[rel~=stylesheet][href], style")]
    .filter((owner) => !arriving.has(owner))
    .flatMap((owner) => [
      ...(owner.href ? [{ url: owner.href, owner }] : []),
      ...imports(owner.sheet, owner),
    ]);
}

function swapSheets(path, stamp) {
  const uses = closest(path, sheetUses());
  return [...new Set(uses.map((use) => use.owner))].map((owner) => {
    const inner = uses.filter((use) => use.owner === owner && use.imported);
    return replaceSheet(owner, inner.map((use) => use.url), stamp);
  });
}

// The clone loads beside the old sheet, which goes only then: the page is never unstyled.
async function replaceSheet(owner, imported, stamp) {
  turns.set(owner, stamp);
  // The name of an imported sheet is not ours to change: renew what the cache holds under it.
  await Promise.all(imported.map((url) => fetch(url, { cache: "reload", mode: "no-cors" }).catch(() => {})));
  if (turns.get(owner) !== stamp) return;
  const earlier = successors.get(owner);
  if (!owner.isConnected) {
    if (earlier) await replaceSheet(earlier, [], stamp);
    return;
  }
  if (earlier) earlier.remove();
  await insertSuccessor(owner, stamp);
}

function insertSuccessor(owner, stamp) {
  const next = owner.cloneNode(true);
  if (next.href) next.href = stamped(owner.href, stamp);
  if (owner.disabled) {
    owner.replaceWith(next); // a disabled link is not fetched, so its load never comes
    return null;
  }
  successors.set(owner, next);
  arriving.add(next);
  return new Promise((resolve) => {
    next.addEventListener("load", () => {
      arriving.delete(next);
      if (owner.sheet && owner.sheet.disabled && next.sheet) next.sheet.disabled = true;
      owner.remove();
      resolve();
    }, { once: true });
    next.addEventListener("error", () => { next.remove(); resolve(); }, { once: true });
    owner.after(next);
  });
}
