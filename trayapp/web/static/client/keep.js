// Keep: what people did to the page, and what of it an update would cost them.
// Fields and editable elements in which a person has typed or chosen.
const touched = new Set();
// For which a place is looked for after a load: late layout makes room for it.
const FRAMES = 300;
// What hands do. From then on the place is the person's.
const HANDS = ["wheel", "touchstart", "mousedown", "keydown"];

function watchTyping() {
  const touch = (event) => touched.add(event.composedPath()[0]);
  document.addEventListener("input", touch, true);
  document.addEventListener("change", touch, true);
  const forget = ({ target }) => [...target.elements].forEach((field) => touched.delete(field));
  document.addEventListener("submit", forget, true);
}

// Whether a load would lose what a person typed or chose.
function isDirty() {
  return dirtyFields().length > 0;
}

function dirtyFields() {
  return [...touched].filter((field) => field.isConnected && (field.isContentEditable || differs(field)));
}

function differs(field) {
  if (field.options) return [...field.options].some((option) => option.selected !== isDefault(option, field));
  return field.checked !== field.defaultChecked || (!isBox(field) && field.value !== field.defaultValue);
}

const isBox = ({ type }) => type === "checkbox" || type === "radio";

// A list without a default shows its first option.
function isDefault(option, { options, multiple }) {
  const chosen = [...options].filter((one) => one.defaultSelected);
  if (multiple) return option.defaultSelected;
  return option === (chosen.pop() || [...options].find((one) => !one.disabled));
}

// A default that comes with an update would change what a person chose: it is chosen again.
function keepChoices() {
  const chosen = [...touched].flatMap((field) => [...(field.selectedOptions || [])]);
  const boxes = [...touched].filter(isBox).map((box) => [box, box.checked]);
  return () => {
    chosen.forEach((option) => { option.selected = true; });
    boxes.forEach(([box, checked]) => { box.checked = checked; });
  };
}

function keepFocus() {
  const focused = document.activeElement;
  return () => {
    if (focused && focused.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  };
}

// Where everything on the page is scrolled to: [id, child numbers from there, left, top] of each.
function keepPlace() {
  const scrolled = [...document.querySelectorAll("*")].filter((one) => one.scrollTop || one.scrollLeft);
  return scrolled.slice(0, 100).map((one) => [...wayTo(one), one.scrollLeft, one.scrollTop]);
}

function wayTo(element) {
  const way = [];
  let from = element;
  for (; !from.id && from.parentElement; from = from.parentElement) {
    way.unshift([...from.parentElement.children].indexOf(from));
  }
  return [from.id, way];
}

function elementAt(id, way) {
  const from = id ? document.getElementById(id) : document.documentElement;
  return way.reduce((element, i) => element && element.children[i], from);
}

// Scrolls to `places` as soon as there is room for them, unless a person scrolls first.
function restorePlace(places, frames = FRAMES) {
  let left = frames;
  const stop = () => { left = -1; };
  HANDS.forEach((name) => addEventListener(name, stop, { once: true, passive: true, capture: true }));
  const look = (missing) => {
    const rest = missing.filter((place) => !scrolledTo(...place));
    if (rest.length && left-- > 0) requestAnimationFrame(() => left >= 0 && look(rest));
    else HANDS.forEach((name) => removeEventListener(name, stop, true));
  };
  look(places);
}

function scrolledTo(id, way, left, top) {
  const element = elementAt(id, way);
  if (!element) return false;
  element.scrollTo({ left, top, behavior: "instant" });
  return Math.abs(element.scrollTop - top) < 2 && Math.abs(element.scrollLeft - left) < 2;
}
