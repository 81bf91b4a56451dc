/*
 * Reading a QR code off a picture of the camera: by the browser where it can, else by a reader that is fetched when it is wanted first. The picture
 * stays here.
 */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { readonly formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** What a picture says. @returns the texts of the codes on it; none on most pictures */
export type ReadCode = (video: HTMLVideoElement) => Promise<readonly string[]>;

const FORMAT = "qr_code";
/** Larger pictures are no clearer to the reader, and slower. */
const LONGEST_SIDE = 800;

async function ofBrowser(): Promise<ReadCode | undefined> {
  const Class = (globalThis as { readonly BarcodeDetector?: DetectorClass }).BarcodeDetector;
  // Some browsers have the class and nothing behind it.
  if (Class === undefined || !(await Class.getSupportedFormats()).includes(FORMAT)) return undefined;
  const detector = new Class({ formats: [FORMAT] });
  return async (video) => (await detector.detect(video)).map(({ rawValue }) => rawValue);
}

async function brought(): Promise<ReadCode> {
  const { decodeQR } = await import("qr/decode.js");
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no canvas");
  return async (video) => {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight, 1));
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    if (width === 0 || height === 0) return [];
    Object.assign(context.canvas, { width, height });
    context.drawImage(video, 0, 0, width, height);
    try {
      return [decodeQR(context.getImageData(0, 0, width, height))];
    } catch {
      // A picture without a code is no fault.
      return [];
    }
  };
}

/** A reader of codes. Rejects when it cannot be fetched. */
export async function codeReader(): Promise<ReadCode> {
  return (await ofBrowser().catch(() => undefined)) ?? (await brought());
}
