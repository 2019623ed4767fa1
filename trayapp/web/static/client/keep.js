// Keep: what people did to the page, and what of it an update would cost them.
// Fields and editable elements in which a person has typed or chosen.
const touched = new Set();
// For which a place is looked for after a load: late layout makes room for it.
const FRAMES = 300;
// What hands do. From then on the place is the person's.
const HANDS = ["wheel", "touchstart", "mousedown", "keydown"];

function watchTyping() {
  const touch = (event) => touched.add(event.composedPath()[0]);
  const forget = ({ target }) => [...target.elements].forEach((field) => touched.delete(field));
  ["input", "change"].forEach((name) => document.addEventListener(name, touch, true));
  ["submit", "reset"].forEach((name) => document.addEventListener(name, forget, true));
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

// A default that comes with an update would change what a person chose: it is chosen again.
function keepChoices() {
  const choices = [...touched].flatMap((field) => [field, ...(field.options || [])])
    .map((one) => [one, "selected" in one ? "selected" : "checked", one.selected || one.checked]);
  return () => choices.forEach(([one, name, chosen]) => {
    if (name in one && one[name] !== chosen) one[name] = chosen;
  });
}

// Where everything on the page is scrolled to: [selector, which of them, left, top] of each.
function keepPlace() {
  const scrolled = [...document.querySelectorAll("*")].filter((one) => one.scrollTop || one.scrollLeft);
  return scrolled.slice(0, 100).map((one) => {
    const selector = one.id ? `#${CSS.escape(one.id)}` : one.localName;
    return [selector, [...document.querySelectorAll(selector)].indexOf(one), one.scrollLeft, one.scrollTop];
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
  const element = document.querySelectorAll(selector)[i];
  if (!element) return false;
  element.scrollTo({ left, top, behavior: "instant" });
  return Math.abs(element.scrollTop - top) < 2 && Math.abs(element.scrollLeft - left) < 2;
}
