/* Saving what the app made, through the browser's own download. */

/** Saves a URL's content under a name. */
export function saveAs(url: string, fileName: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
}
