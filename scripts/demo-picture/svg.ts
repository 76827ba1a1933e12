import { width } from "../../demo/view/cells.ts";
import type { Cell, Screen } from "./frames.ts";

/** Pixels of a cell of the terminal. */
const CELL = { width: 8, height: 17 };
const FONT_SIZE = 13;
const MARGIN = 14;
const CAPTION = 30;

const INK: Readonly<Record<string, string>> = {
  plain: "#c9d1d9",
  dim: "#7d8590",
  red: "#ff7b72",
  green: "#56d364",
  yellow: "#e3b341",
  blue: "#79c0ff",
  magenta: "#d2a8ff",
  cyan: "#76e3ea",
};

/** Lower blocks in eighths; a full one is a bar. */
const BLOCKS = "▁▂▃▄▅▆▇█";

/** A screen with a sentence above it. */
export interface Picture {
  readonly caption: string;
  readonly screen: Screen;
}

/** The pictures one below the other, as terminals look. `columns`: width of the terminal they were taken in. */
export function svgOf(pictures: readonly Picture[], columns: number): string {
  const across = columns * CELL.width + 2 * MARGIN;
  let top = 0;
  const cards = pictures.map(({ caption, screen }) => {
    const height = CAPTION + screen.length * CELL.height + 2 * MARGIN;
    const card = cardOf(caption, screen, { width: across, height });
    const placed = `<g transform="translate(0 ${top})">\n${card}\n</g>`;
    top += height + MARGIN;
    return placed;
  });
  const height = Math.max(0, top - MARGIN);
  const title = pictures.map(({ caption }) => caption).join(" ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${across} ${height}" width="${across}" height="${height}" role="img">
<title>${escaped(title)}</title>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" xml:space="preserve">
${cards.join("\n")}
</g>
</svg>
`;
}

function cardOf(
  caption: string,
  screen: Screen,
  { width, height }: { width: number; height: number },
): string {
  const lines = screen.map((line, row) => lineOf(line, CAPTION + MARGIN + row * CELL.height));
  return [
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<path d="M0 ${CAPTION}V8a8 8 0 0 1 8-8H${width - 8}a8 8 0 0 1 8 8V${CAPTION}z" fill="#21262d"/>`,
    `<text x="${width / 2}" y="20" text-anchor="middle" fill="#c9d1d9">${escaped(caption)}</text>`,
    ...lines.filter((line) => line !== ""),
  ].join("\n");
}

function lineOf(line: readonly Cell[], top: number): string {
  let column = 0;
  const drawn: string[] = [];
  for (const cell of line) {
    for (const run of runsOf(cell.text)) {
      drawn.push(runOf(run, cell, MARGIN + column * CELL.width, top));
      column += width(run);
    }
  }
  return drawn.filter((each) => each !== "").join("");
}

/** Words with the single blanks between them, and bars: what is drawn as one. */
function runsOf(text: string): readonly string[] {
  return text.match(/█+|░+|[▁▂▃▄▅▆▇]|\s{2,}|(?:[^\s█░▁▂▃▄▅▆▇]+|\s(?=[^\s█░▁▂▃▄▅▆▇]))+|\s/gu) ?? [];
}

function runOf(run: string, cell: Cell, x: number, top: number): string {
  const ink = INK[cell.colour ?? (cell.dim ? "dim" : "plain")] ?? INK["plain"];
  const cells = width(run);
  if (run.trim() === "") return "";
  const eighths = BLOCKS.indexOf(run.charAt(0)) + 1;
  if (eighths > 0) {
    const height = Math.round(((CELL.height - 3) * eighths) / 8);
    const y = top + CELL.height - 2 - height;
    return `<rect x="${x}" y="${y}" width="${cells * CELL.width}" height="${height}" fill="${ink}"/>`;
  }
  if (run.startsWith("░"))
    return `<rect x="${x}" y="${top + 1}" width="${cells * CELL.width}" height="${CELL.height - 3}" fill="#30363d"/>`;
  const start = run.length - run.trimStart().length;
  const weight = cell.bold ? ' font-weight="bold"' : "";
  const length = (cells - start) * CELL.width;
  return `<text x="${x + start * CELL.width}" y="${top + 13}" fill="${ink}"${weight} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(run.trimStart())}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
