// Pictures as files: how large one is before it is decoded, and how it is made small. A few
// kilobytes can say that they are a picture of gigabytes, and whoever shows such a one comes to a
// halt.

import { limits, sizeInWords } from "./limits.js";

/** What is shown as a face is not larger than this on any screen, in pixels. */
const SIDE = 512;
/** Of one's own file: more than cameras' pictures have. */
const OWN_PIXELS_MAX = 64_000_000;
/** Of what others have uploaded by whatever means. */
const PIXELS_MAX = 16_000_000;

/** The picture as it is to be uploaded: small, and one that can be shown. */
export async function preparedPicture(file) {
  const bitmap = await decoded(file, await pixelsOf(file), OWN_PIXELS_MAX);
  const isSmall = Math.max(bitmap.width, bitmap.height) <= SIDE && file.size <= limits.imageBytes;
  const result = isSmall ? file : await drawn(bitmap);
  bitmap.close();
  if (result.size <= limits.imageBytes) return result;
  throw new Error(`The picture is too large: ${sizeInWords(limits.imageBytes)} at most`);
}

/** A picture that somebody uploaded as it may be shown: a large one is drawn anew, one after the
 * other. */
export function shownPicture(blob) {
  const turn = before.then(async () => {
    const pixels = await pixelsOf(blob);
    if (pixels !== null && pixels <= SIDE * SIDE) return blob;
    const bitmap = await decoded(blob, pixels, PIXELS_MAX);
    const small = await drawn(bitmap);
    bitmap.close();
    return small;
  });
  before = turn.catch(() => {});
  return turn;
}
let before = Promise.resolve();

async function decoded(blob, pixels, pixelsMax) {
  if (pixels > pixelsMax) throw new Error("The picture has too many pixels");
  const bitmap = pixels && await createImageBitmap(blob).catch(() => null);
  if (bitmap) return bitmap;
  throw new Error("This is no picture that can be shown. It must be a PNG, JPEG, WebP or GIF");
}

function drawn(bitmap) {
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/webp", 0.9); });
}

// MARK: What a file says of its size

/** A JPEG has other things before its size, like a preview; those of phones have much of them. */
const HEAD_BYTES = 256 * 1024;

/** How many pixels a picture has; null where that cannot be told. */
async function pixelsOf(blob) {
  const head = new DataView(await blob.slice(0, HEAD_BYTES).arrayBuffer());
  try {
    const kind = head.getUint32(0);
    if (kind === 0x89504E47) return head.getUint32(16) * head.getUint32(20);
    if (kind === 0x47494638) return head.getUint16(6, true) * head.getUint16(8, true);
    if (kind === 0x52494646) return webPPixels(head);
    return kind >>> 16 === 0xFFD8 ? jpegPixels(head) : null;
  } catch {
    // It ends before its size.
    return null;
  }
}

/** RFC 9649 §2.5 to 2.7. */
function webPPixels(head) {
  const kind = head.getUint32(12);
  const uint24 = (at) => head.getUint16(at, true) | head.getUint8(at + 2) << 16;
  if (kind === 0x56503858) return (uint24(24) + 1) * (uint24(27) + 1);
  if (kind === 0x5650384C) {
    const bits = head.getUint32(21, true);
    return ((bits & 0x3FFF) + 1) * ((bits >>> 14 & 0x3FFF) + 1);
  }
  return (head.getUint16(26, true) & 0x3FFF) * (head.getUint16(28, true) & 0x3FFF);
}

/** The first segment that begins a frame (SOF) has it; each of those before it says its length. */
function jpegPixels(head) {
  for (let at = 2; ; ) {
    const marker = head.getUint16(at);
    if (marker >>> 8 !== 0xFF) return null;
    const isFrame = marker >= 0xFFC0 && marker <= 0xFFCF && ![4, 8, 12].includes(marker & 15);
    if (isFrame) return head.getUint16(at + 5) * head.getUint16(at + 7);
    at += marker === 0xFFFF ? 1 : 2 + head.getUint16(at + 2);
  }
}
