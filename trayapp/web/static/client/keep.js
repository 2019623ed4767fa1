// Keep: what people did to the page, and what of it an update would cost them.
// Fields and editable elements in which a person has typed or chosen.
const touched = new Set();
// What the page was when the parser had done with it: its address, and the text that a morph
// compares with where nothing better is known. `guessed`: scripts may have worked on it already.
const start = { url: "", text: "", guessed: false };
// For which a place is looked for after a load: late layout makes room for it.
const FRAMES = 300;
// What hands do. From then on the place is the person's.
const HANDS = ["wheel", "touchstart", "mousedown", "keydown"];

function rememberStart() {
  watchTyping();
  start.url = pageUrl();
  // This moment comes before the deferred scripts.
  if (dom.readyState !== "loading") takeSnapshot(true);
  else dom.addEventListener("readystatechange", () => takeSnapshot(false), { once: true });
}

function takeSnapshot(late) {
  const worked = ({ type, defer, async }) => late || !(defer || async || type === "module");
  start.text = dom.documentElement.outerHTML;
  start.guessed = [...dom.scripts].some((script) => script !== tag && worked(script));
}

function watchTyping() {
  const touch = (event) => touched.add(event.composedPath()[0]);
  const forget = ({ target }) => [...target.elements].forEach((field) => touched.delete(field));
  ["input", "change"].forEach((name) => dom.addEventListener(name, touch, true));
  ["submit", "reset"].forEach((name) => dom.addEventListener(name, forget, true));
}

// Whether a load would lose what a person typed or chose.
function isDirty() {
  return dirtyFields().length > 0;
}

function dirtyFields() {
  return [...touched].filter((field) => field.isConnected && (field.isContentEditable || differs(field)));
}

function differs({ type, options: list, value, defaultValue, checked, defaultChecked }) {
  if (list) return [...list].some(({ selected, defaultSelected }) => selected !== defaultSelected);
  return checked !== defaultChecked || (value !== defaultValue && !/^(checkbox|radio)$/.test(type));
}

// Where everything on the page is scrolled to: [selector, which of them, left, top] of each.
function keepPlace() {
  const scrolled = [...dom.querySelectorAll("*")].filter((one) => one.scrollTop || one.scrollLeft);
  return scrolled.slice(0, 100).map((one) => {
    const selector = one.id ? `#${CSS.escape(one.id)}` : one.localName;
    return [selector, [...dom.querySelectorAll(selector)].indexOf(one), one.scrollLeft, one.scrollTop];
  });
}

// Scrolls to `places` as soon as there is room for them, unless a person scrolls first.
function restorePlace(places) {
  let frames = FRAMES;
  let missing = places;
  const stop = () => { frames = 0; };
  HANDS.forEach((name) => addEventListener(name, stop, { once: true, passive: true, capture: true }));
  const look = () => {
    if (frames-- > 0) missing = missing.filter((place) => !scrollsTo(...place));
    if (missing.length && frames > 0) requestAnimationFrame(look);
  };
  look();
}

function scrollsTo(selector, i, left, top) {
  const element = dom.querySelectorAll(selector)[i];
  if (!element) return false;
  element.scrollTo({ left, top, behavior: "instant" });
  return Math.abs(element.scrollTop - top) < 2 && Math.abs(element.scrollLeft - left) < 2;
}
