/*
 * The style of what no first screen shows. The page names it in a link that is no style sheet yet; the first thing that comes later makes it one.
 */
let coming: Promise<void> | undefined;

async function bring(): Promise<void> {
  // Words are also wanted where nothing is drawn.
  if (typeof document === "undefined") return;
  const named = document.querySelector<HTMLLinkElement>("link[data-late]");
  // In development every module brings its own.
  if (named === null) return;
  const link = named.cloneNode() as HTMLLinkElement;
  link.rel = "stylesheet";
  await new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    named.before(link);
  }).catch((error: unknown) => {
    link.remove();
    coming = undefined;
    throw error;
  });
}

/** Brings it. @throws when it cannot be had; the next call tries again */
export function loadLateStyle(): Promise<void> {
  return (coming ??= bring());
}
