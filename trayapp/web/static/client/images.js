// Images: img, srcset, icons and url() in styles.
// A use of an image is its URL and `put`, which shows another URL in the same place.

const CSS_URL = /url\(\s*(["']?)(.*?)\1\s*\)/g;

function imageUses() {
  return [...attributeUses(), ...srcsetUses(), ...styleUses()];
}

function attributeUses() {
  const icons = [...document.querySelectorAll("link[rel~=icon][href]")];
  const images = [...document.querySelectorAll("img[src], input[type=image][src]")];
  return [
    ...icons.map((icon) => ({ url: icon.href, put: (url) => { icon.href = url; } })),
    ...images.map((image) => ({ url: image.src, put: (url) => { image.src = url; } })),
  ];
}

const candidates = (srcset) => srcset.match(/\S*[^\s,](?=\s|,|$)(?:\s+[^,]+)?/g) || [];

function srcsetUses() {
  return [...document.querySelectorAll("img[srcset], source[srcset]")].flatMap((element) =>
    candidates(element.srcset).map((candidate, i) => ({
      url: new URL(candidate.split(/\s/)[0], document.baseURI).href,
      put: (url) => {
        const all = candidates(element.srcset);
        all[i] = [url, ...candidate.split(/\s+/).slice(1)].join(" ");
        element.srcset = all.join(", ");
      },
    })));
}

function styleUses() {
  const inline = [...document.querySelectorAll('[style*="url("]')];
  return [
    ...[...document.styleSheets].flatMap(ruleUses),
    ...inline.flatMap(({ style }) => declaredUses(style, document.baseURI)),
  ];
}

function ruleUses(sheet) {
  const base = sheet.href || document.baseURI;
  const below = (rule) => [
    ...(rule.style ? declaredUses(rule.style, base) : []),
    ...(rule.styleSheet ? ruleUses(rule.styleSheet) : []),
    ...rulesOf(rule).flatMap(below), // @media, @supports, @layer, nested rules
  ];
  return rulesOf(sheet).flatMap(below);
}

function declaredUses(style, base) {
  if (!style.cssText.includes("url(")) return [];
  return [...style].flatMap((name) =>
    [...style.getPropertyValue(name).matchAll(CSS_URL)].map(([token, , url]) => ({
      url: new URL(url, base).href,
      put: (fresh) => {
        const value = style.getPropertyValue(name).split(token).join(`url("${fresh}")`);
        style.setProperty(name, value, style.getPropertyPriority(name));
      },
    })));
}

function swapImages(path, stamp) {
  const uses = closest(path, imageUses());
  return uses.map((use) => replaceImage(use, stamped(use.url, stamp)));
}

// Loaded first and shown then: a background would be blank meanwhile.
function replaceImage(use, url) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(use.put(url));
    image.onerror = () => resolve();
    image.src = url;
  });
}
