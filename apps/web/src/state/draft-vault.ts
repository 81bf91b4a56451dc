/*
 * Drafts at rest: AES-GCM under a key that the browser holds and never hands out (non-extractable, in IndexedDB), the
 * conversation id as associated data. The engine has no place for drafts, and localStorage would keep them readable.
 */
const DATABASE = "chapar-drafts";

interface SealedRow {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("indexeddb")));
  });
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener("upgradeneeded", () => {
    request.result.createObjectStore("key");
    request.result.createObjectStore("draft");
  });
  return asked(request);
}

async function openKey(database: IDBDatabase): Promise<CryptoKey> {
  const held = await asked<CryptoKey | undefined>(database.transaction("key").objectStore("key").get("key"));
  if (held !== undefined) return held;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await asked(database.transaction("key", "readwrite").objectStore("key").put(made, "key"));
  return made;
}

interface Vault {
  readonly database: IDBDatabase;
  readonly key: CryptoKey;
}

let vault: Promise<Vault> | undefined;
const open = (): Promise<Vault> =>
  (vault ??= openDatabase().then(async (database) => ({ database, key: await openKey(database) })));

const bound = (conversation: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(conversation);

/** Seals and keeps a draft; an empty one is forgotten. */
export async function saveDraft(conversation: string, text: string): Promise<void> {
  const { database, key } = await open();
  if (text === "") {
    await asked(database.transaction("draft", "readwrite").objectStore("draft").delete(conversation));
    return;
  }
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = bound(conversation);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    new TextEncoder().encode(text),
  );
  const row: SealedRow = { iv, sealed };
  await asked(database.transaction("draft", "readwrite").objectStore("draft").put(row, conversation));
}

/** Opens every draft. A row that does not open is dropped: a lost draft must not keep the app from starting. */
export async function openDrafts(): Promise<ReadonlyMap<string, string>> {
  const { database, key } = await open();
  const store = database.transaction("draft").objectStore("draft");
  const [ids, rows] = await Promise.all([asked(store.getAllKeys()), asked<SealedRow[]>(store.getAll())]);
  const found = new Map<string, string>();
  for (const [at, id] of ids.entries()) {
    const row = rows[at];
    if (typeof id !== "string" || row === undefined) continue;
    try {
      const params = { name: "AES-GCM", iv: row.iv, additionalData: bound(id) };
      found.set(id, new TextDecoder().decode(await crypto.subtle.decrypt(params, key, row.sealed)));
    } catch {
      await saveDraft(id, "");
    }
  }
  return found;
}
