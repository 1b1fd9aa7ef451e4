// QR codes (ISO/IEC 18004) for links: bytes, error correction level M, versions 1 to 6, which
// hold up to 106 bytes.

/** Per version: all codewords, error correction codewords per block, blocks. */
const VERSIONS = [
  null, [26, 10, 1], [44, 16, 1], [70, 26, 1], [100, 18, 2], [134, 24, 2], [172, 16, 4]];
const BYTE_MODE = 0b0100;
const PADDING = [0xec, 0x11];
/** The eight masks: whether the module at (x, y) is inverted. */
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => (x * y) % 2 + (x * y) % 3 === 0,
  (x, y) => ((x * y) % 2 + (x * y) % 3) % 2 === 0,
  (x, y) => ((x + y) % 2 + (x * y) % 3) % 2 === 0,
];

/** An <svg> that shows the text, or null if it is too long. */
export function qrCode(text, label) {
  const modules = encode(new TextEncoder().encode(text));
  if (!modules) return null;
  const quiet = 4;
  const size = modules.length + 2 * quiet;
  const squares = modules.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : [])));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("class", "qr");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  path.setAttribute("d", squares.join(""));
  svg.append(path);
  return svg;
}

/** Rows of modules, true where they are dark. */
function encode(bytes) {
  const version = VERSIONS.findIndex((known) => known && bytes.length + 2 <= dataCount(known));
  if (version < 0) return null;
  const codewords = withCorrection(dataCodewords(bytes, VERSIONS[version]), VERSIONS[version]);
  const candidates = MASKS.map((isInverted, mask) => drawn(version, codewords, isInverted, mask));
  const penalties = candidates.map(penalty);
  return candidates[penalties.indexOf(Math.min(...penalties))];
}

// MARK: Codewords

const dataCount = ([all, correction, blocks]) => all - correction * blocks;

/** Mode (4 bits), length (8 bits), the bytes, an end (4 bits) and padding. */
function dataCodewords(bytes, version) {
  const nibbles = [BYTE_MODE, bytes.length >> 4, bytes.length & 15];
  for (const byte of bytes) nibbles.push(byte >> 4, byte & 15);
  nibbles.push(0);
  const data = [];
  for (let index = 0; index < nibbles.length; index += 2) {
    data.push(nibbles[index] << 4 | nibbles[index + 1]);
  }
  for (let index = 0; data.length < dataCount(version); index += 1) data.push(PADDING[index % 2]);
  return data;
}

/** Divides the data into blocks, adds each one's correction, and deals them out in turns. */
function withCorrection(data, version) {
  const [, correction, count] = version;
  const blocks = [];
  const shortLength = Math.floor(data.length / count);
  const longCount = data.length % count;
  for (let index = 0, at = 0; index < count; index += 1) {
    const length = shortLength + (index >= count - longCount ? 1 : 0);
    const block = data.slice(at, at + length);
    blocks.push([block, remainder(block, generator(correction))]);
    at += length;
  }
  return [
    ...interleaved(blocks.map(([block]) => block)),
    ...interleaved(blocks.map(([, rest]) => rest))];
}

function interleaved(rows) {
  const longest = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: longest }, (_, index) => rows.map((row) => row[index]))
    .flat().filter((value) => value !== undefined);
}

// MARK: Reed–Solomon over GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1

function product(a, b) {
  let result = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    result = result << 1 ^ (result >> 7) * 0x11d;
    result ^= (b >> bit & 1) * a;
  }
  return result;
}

/** The coefficients of (x − 2⁰)(x − 2¹)…, highest first, without the leading 1. */
function generator(degree) {
  const result = [...Array(degree - 1).fill(0), 1];
  let root = 1;
  for (let step = 0; step < degree; step += 1) {
    for (let index = 0; index < degree; index += 1) {
      result[index] = product(result[index], root) ^ (result[index + 1] ?? 0);
    }
    root = product(root, 2);
  }
  return result;
}

function remainder(data, divisor) {
  const result = Array(divisor.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ result.shift();
    result.push(0);
    divisor.forEach((coefficient, index) => { result[index] ^= product(coefficient, factor); });
  }
  return result;
}

// MARK: Modules

function drawn(version, codewords, isInverted, mask) {
  const size = 17 + 4 * version;
  const modules = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (x, y, isDark) => { if (modules[y]?.[x] !== undefined) modules[y][x] = isDark; };
  drawPatterns(size, version, set);
  drawFormat(size, mask, set);
  drawData(modules, codewords, isInverted);
  return modules;
}

function drawPatterns(size, version, set) {
  for (let index = 8; index < size - 8; index += 1) {
    set(6, index, index % 2 === 0);
    set(index, 6, index % 2 === 0);
  }
  const rings = (centerX, centerY, radius, isDark) => {
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) {
        set(centerX + dx, centerY + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    }
  };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    rings(x, y, 4, (distance) => distance !== 2 && distance !== 4);
  }
  if (version > 1) rings(size - 7, size - 7, 2, (distance) => distance !== 1);
}

/** Level M and the mask, twice, protected by a BCH code. */
function drawFormat(size, mask, set) {
  let rest = mask;
  for (let step = 0; step < 10; step += 1) rest = rest << 1 ^ (rest >> 9) * 0x537;
  const bits = (mask << 10 | rest) ^ 0x5412;
  const bit = (index) => (bits >> index & 1) === 1;
  for (let index = 0; index < 15; index += 1) {
    const upright = index < 6 ? index : index < 8 ? index + 1 : size - 15 + index;
    const flat = index < 8 ? size - 1 - index : index === 8 ? 7 : 14 - index;
    set(8, upright, bit(index));
    set(flat, 8, bit(index));
  }
  set(8, size - 8, true);
}

/** Fills what is free in pairs of columns from the right, up and down in turns. */
function drawData(modules, codewords, isInverted) {
  const size = modules.length;
  let index = 0;
  let isUpwards = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = isUpwards ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (modules[y][x] !== null) continue;
        const bit = (codewords[index >> 3] ?? 0) >> (7 - (index & 7)) & 1;
        modules[y][x] = (bit === 1) !== isInverted(x, y);
        index += 1;
      }
    }
    isUpwards = !isUpwards;
  }
}

/** How hard a code is to read; the mask with the least is taken. */
function penalty(rows) {
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  let points = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map((isDark) => (isDark ? "1" : "0")).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) points += run.length - 2;
    points += 40 * (text.match(/(?=10111010000|00001011101)/g) ?? []).length;
  }
  rows.slice(1).forEach((row, y) => row.slice(1).forEach((isDark, x) => {
    if (isDark === row[x] && isDark === rows[y][x] && isDark === rows[y][x + 1]) points += 3;
  }));
  const dark = rows.flat().filter(Boolean).length / rows.length ** 2;
  return points + 10 * Math.floor(Math.abs(dark - 0.5) * 20);
}
