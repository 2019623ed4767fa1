// Roots: the document and the open shadow roots in it. A selector does not look into those.

function everyRoot(top = dom) {
  const hosts = [...top.querySelectorAll("*")].filter(({ shadowRoot }) => shadowRoot);
  return [top, ...hosts.flatMap(({ shadowRoot }) => everyRoot(shadowRoot))];
}

function everyElement(selector) {
  return everyRoot().flatMap((root) => [...root.querySelectorAll(selector)]);
}
