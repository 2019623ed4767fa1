// Service workers that another server left under this address. trayapp has none of its own.

// Remove all of them. Returns whether one stands between this page and trayapp: it could read the
// code that the page trades, and the token that is the answer.
export async function removeServiceWorkers() {
  const workers = navigator.serviceWorker; // none where the address is no secure context
  if (!workers) return false;
  const found = await workers.getRegistrations().catch(() => []); // refused where storage is
  await Promise.allSettled(found.map((one) => one.unregister()));
  return Boolean(workers.controller);
}
