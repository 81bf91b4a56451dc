/*
 * Keeps the app on the device: every file of a version, and the words of the languages read here, is fetched once (files that did not change since the last version
 * are taken over from its cache), and the app starts from there, with or without a network. Only this app's own files
 * are touched; what the engine says to a station never passes here.
 */
declare const self: ServiceWorkerGlobalScope;
/** Filled in by the build: the version, and the path of every file of it. */
declare const APP_VERSION: string;
declare const APP_FILES: readonly string[];
/** The paths of what a lock needs: on this device only once there was one. */
declare const APP_LOCK: readonly string[];
/** The paths of what is on this device only once it was used, and in each version from then on. */
declare const APP_USED: readonly string[];
/** The paths of each language's words. */
declare const APP_WORDS: Readonly<Record<string, readonly string[]>>;

const PREFIX = "chapar-";
const CACHE = PREFIX + APP_VERSION;
/** Names with a hash in them never change their content. */
const HASHED = "/assets/";

const LOCK = /^(?:([a-z]{2})\.)?lock[.-]/;

/** What a file is called in every version. */
const nameOf = (file: string): string => file.replace(/-[\w-]{8}\.\w+$/u, "");

/** The words of the languages that some version on this device has, what its lock needs, and what was used: without a network it has to open too. */
async function alsoInUse(): Promise<string[]> {
  const [used, names] = [new Set<string>(), new Set<string>()];
  let isLocked = false;
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    for (const { url } of await (await caches.open(name)).keys()) {
      const file = url.split(HASHED)[1] ?? "";
      used.add(file.split(".")[0] ?? "");
      names.add(nameOf(file));
      isLocked ||= LOCK.test(file);
    }
  }
  const ofLock = APP_LOCK.filter((path) => {
    const language = LOCK.exec(path.slice(HASHED.length))?.[1];
    return isLocked && (language === undefined || used.has(language));
  });
  const usedBefore = APP_USED.filter((path) => names.has(nameOf(path.slice(HASHED.length))));
  return [...[...used].flatMap((language) => APP_WORDS[language] ?? []), ...ofLock, ...usedBefore];
}

async function fill(paths: readonly string[]): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    paths.map(async (path) => {
      if ((await cache.match(path)) !== undefined) return;
      const held = path.startsWith(HASHED) ? await caches.match(path) : undefined;
      if (held !== undefined) return cache.put(path, held);
      const fresh = await fetch(path, { cache: path.startsWith(HASHED) ? "default" : "reload" });
      if (!fresh.ok) throw new Error(`${path}: ${fresh.status}`);
      return cache.put(path, fresh);
    }),
  );
}

async function tidy(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

async function answer(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const held = await cache.match(path);
  if (held !== undefined) return held;
  const fresh = await fetch(request);
  // Fonts come when a script needs them; then they stay.
  if (fresh.ok && path.startsWith(HASHED)) await cache.put(path, fresh.clone());
  return fresh;
}

self.addEventListener("install", (event) => event.waitUntil(alsoInUse().then((also) => fill([...APP_FILES, ...also]))));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
  const { notice, icon } = (event.data ?? {}) as { readonly notice?: unknown; readonly icon?: unknown };
  if (typeof notice === "string")
    event.waitUntil(
      caches
        .open(CACHE)
        .then((cache) =>
          cache.put(NOTICE, new Response(notice, { headers: { icon: typeof icon === "string" ? icon : ICON } })),
        ),
    );
  // What a page fetched before there was a service worker.
  const { fetched } = (event.data ?? {}) as { readonly fetched?: unknown };
  if (Array.isArray(fetched)) event.waitUntil(fill(APP_USED.filter((path) => fetched.includes(path))).catch(() => {}));
  // A language is read here from now on.
  const words = APP_WORDS[String(event.data)];
  if (words !== undefined) event.waitUntil(fill(words).catch(() => {}));
});
/** Where the words of a notice rest; the worker has no language of its own. */
const NOTICE = "/notice";
const NEUTRAL = "Chapar";
const ICON = "/icon-192.png";

/** Says that something came, and nothing of what: an open window tells that itself. */
async function tell(): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.some(({ visibilityState }) => visibilityState === "visible")) return;
  const held = await caches.match(NOTICE);
  const title = held === undefined ? NEUTRAL : await held.text();
  // One notice, replaced by the next: how many letters came is nobody's business either.
  await self.registration.showNotification(title, { tag: "chapar", icon: held?.headers.get("icon") ?? ICON });
}

async function open(): Promise<void> {
  const [first] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  await (first === undefined ? self.clients.openWindow("/") : first.focus());
}

self.addEventListener("push", (event) => event.waitUntil(tell()));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open().catch(() => {}));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  const path = url.pathname === "/index.html" ? "/" : url.pathname;
  if (APP_FILES.includes(path) || path.startsWith(HASHED)) event.respondWith(answer(path, request));
});
