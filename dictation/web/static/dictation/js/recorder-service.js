// The dictaphone without the network: its page and its modules, as they were when it was last open. No patient is in
// them: the list of the day and the sound are never kept here.

const SHELL = "dictaphone-shell";
const PAGE = new URL("./", location.href).pathname;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page names its own files when it has them all.
self.addEventListener("message", ({ data }) => caches.open(SHELL).then((shell) => shell.addAll(data)));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  const own = origin === location.origin && (pathname === PAGE || pathname.startsWith("/static/") || pathname.endsWith("/application.json"));
  if (request.method !== "GET" || !own) return;
  event.respondWith(fresh(request));
});

async function fresh(request) {
  const shell = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await shell.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await shell.match(request);
    if (kept) return kept;
    throw error;
  }
}
