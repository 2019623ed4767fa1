// Sheets: style sheets are renewed while the page stays, and stays styled.
// A clone of the element loads the new sheet, hidden. When it is complete, the clone is shown and
// the element hidden in one task. Then the element is renewed in the same way and the clone goes:
// scripts may hold on to the element, and a theme is switched by it.

const HIDDEN = "not all";
// Tries, 10 ms apart, to see an imported sheet.
const PATIENCE = 1000;
// Sheet element -> its clones, the newest and the one that is shown, until it is renewed itself.
const swaps = new WeakMap();
const clones = new WeakSet();

// None of a sheet from another origin, without CORS.
function rulesOf(sheet) {
  try {
    return [...sheet.cssRules];
  } catch {
    return [];
  }
}

const importsOf = (sheet) => rulesOf(sheet).filter((rule) => rule instanceof CSSImportRule);
const importUrl = ({ href, parentStyleSheet }) => absolute(href, parentStyleSheet.href || undefined).href;

// Every sheet that is @import'ed below `sheet`, with the element that brings it in.
function imports(sheet, owner) {
  return importsOf(sheet).flatMap((rule) => [
    { url: importUrl(rule), owner, imported: true },
    ...imports(rule.styleSheet, owner),
  ]);
}

function sheetUses() {
  return everyElement("link[rel~=stylesheet], style")
    .filter((owner) => !clones.has(owner))
    .flatMap((owner) => [...(owner.href ? [{ url: owner.href, owner }] : []), ...imports(owner.sheet, owner)]);
}

// Nothing is swapped when only a load can show all of it: with a digest that the new file does not
// have, and when a script asked for the file and made of it what we cannot know. No element brings
// in the sheets of <?xml-stylesheet?> and of Link headers: they need a load too.
function swapSheets(path, stamp) {
  const found = closest(path, sheetUses());
  if (isScripted(path) || found.some(({ owner }) => owner.integrity)) return [];
  found.filter(({ imported }) => imported).forEach(({ url }) => renewed.set(plain(url), stamp));
  return [...new Set(found.map(({ owner }) => owner))].map((owner) => {
    const own = found.filter((use) => use.owner === owner);
    const url = own.every(({ imported }) => imported) ? "" : stamped(owner.href, stamp);
    const shown = replaceSheet(owner, url).then(() => own.forEach(renewCopy));
    // What shows nothing now, as for print, is not waited for.
    return matchMedia(owner.media).matches ? shown : Promise.resolve();
  });
}

function isScripted(path) {
  return [...uses].some(([url, { by }]) => /^(fetch|xmlhttprequest|script)$/.test(by) && endsLike(path, url));
}

// With `url` when it is the element's own sheet that is new, without when an imported one is.
async function replaceSheet(owner, url) {
  if (owner.disabled && url) {
    // It is not fetched, so its load never comes.
    owner.href = url;
    return;
  }
  const swap = swaps.get(owner) || {};
  const clone = owner.cloneNode(true);
  swaps.set(owner, swap);
  clones.add(clone);
  swap.newest = clone;
  clone.media = HIDDEN;
  if (url) clone.href = url;
  (swap.shown || owner).after(clone);
  const complete = (await loaded(clone)) && (await completeSheet(clone.sheet));
  if (swap.newest !== clone || !complete || !owner.isConnected) clone.remove();
  else showClone(owner, clone, swap);
  if (swap.newest === clone) renewOwner(owner, swap, url);
}

function showClone(owner, clone, swap) {
  if (owner.sheet?.disabled) clone.sheet.disabled = true;
  setMedia(clone, owner.media);
  setMedia(owner, HIDDEN);
  swap.shown?.remove();
  swap.shown = clone;
}

async function renewOwner(owner, swap, url) {
  const { newest, shown } = swap;
  if (shown && owner.isConnected) {
    if (url) {
      owner.href = shown.href;
      await loaded(owner);
      setMedia(owner, HIDDEN);
    }
    await completeSheet(owner.sheet);
    // A newer swap renews it otherwise. And a save just now breaks its answer off: the clone stays.
    if (swap.newest !== newest || rulesOf(owner.sheet).length < rulesOf(shown.sheet).length) return;
    if (shown.sheet.disabled) owner.sheet.disabled = true;
    setMedia(owner, owner.media);
  }
  shown?.remove();
  swaps.delete(owner);
}

// Not by the attribute: Firefox loads the sheet again then.
function setMedia({ sheet }, media) {
  if (sheet) sheet.media.mediaText = media;
}

// Whether the sheet or image of `element` came. The page does not hear of it: it knows of no second load.
function loaded(element) {
  const top = element.getRootNode();
  const root = top === document ? dom : top;
  const heard = new AbortController();
  return new Promise((resolve) => {
    const hear = (event) => {
      if (event.target !== element) return;
      event.stopImmediatePropagation();
      heard.abort();
      // An imported sheet that is missing makes an error of it too.
      resolve(event.type === "load" || rulesOf(element.sheet).length > 0);
    };
    for (const type of ["load", "error"]) root.addEventListener(type, hear, { capture: true, signal: heard.signal });
  });
}

// A sheet that came brings in others, and images, under names behind which a browser keeps the old.
async function completeSheet(sheet) {
  if (!sheet || !renewed.size) return Boolean(sheet);
  await renewImports(sheet);
  ruleUses(sheet).forEach(showFreshest);
  return true;
}

async function renewImports(sheet) {
  for (const rule of importsOf(sheet)) {
    const url = freshest(importUrl(rule));
    const next = url === importUrl(rule) ? rule : await renewImport(rule, url);
    await renewImports(next.styleSheet);
  }
}

// The rule again, with its layer and its conditions. There is no event for its load.
async function renewImport(rule, url) {
  const sheet = rule.parentStyleSheet;
  const at = rulesOf(sheet).indexOf(rule) + 1;
  sheet.insertRule(rule.cssText.replace(/url\("(\\.|[^"])*"\)/, () => `url("${url}")`), at);
  const next = sheet.cssRules[at];
  for (let tries = 0; !isReady(next) && tries < PATIENCE; tries++) await pause(10);
  const failed = performance.getEntriesByName(url).some(({ responseStatus }) => responseStatus >= 400);
  const gone = failed || !isReady(next) ? next : rule;
  sheet.deleteRule(rulesOf(sheet).indexOf(gone));
  return gone === rule ? next : rule;
}

function isReady({ styleSheet }) {
  try {
    return styleSheet?.cssRules;
  } catch ({ name }) {
    // Of another origin. Firefox has another error while the sheet loads.
    return name === "SecurityError";
  }
}
