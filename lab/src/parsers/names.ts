/* How censors compare names. Exact and suffix are careful lists; substring is the mistake that hit reddit.com for `t.co`. */

/** How a listed name is compared with a seen one. */
export type NameMatch = "exact" | "suffix" | "substring";

/** Whether a seen name falls under a list. Case does not count, nor does a final dot. */
export function nameListed(seen: string | undefined, list: readonly string[], match: NameMatch): boolean {
  if (seen === undefined || seen === "") return false;
  const name = seen.toLowerCase().replace(/\.$/, "");
  return list.some((entry) => {
    const listed = entry.toLowerCase();
    if (match === "substring") return name.includes(listed);
    return name === listed || (match === "suffix" && name.endsWith(`.${listed}`));
  });
}
