// Draws docs/pictures/NAME.svg from NAME.txt: boxes on a grid, arrows between them, in the reader's light or dark scheme.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [COLUMN, ROW, WIDTH, HEIGHT, MARGIN] = [206, 62, 168, 64, 16];

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function parse(text) {
  const nodes = new Map();
  const edges = [];
  for (const line of text.split("\n")) {
    const node = /^node (\S+)\s+(\d+) (\d+) (.+?) @(\w+)$/.exec(line);
    const edge = /^edge (\S+) (\S+)(?: (.+))?$/.exec(line);
    if (node) {
      const [, id, column, row, label, kind] = node;
      const [title, ...lines] = label.split("|").map((part) => part.trim());
      nodes.set(id, { x: MARGIN + column * COLUMN, y: MARGIN + row * ROW, title, lines, kind });
    } else if (edge) {
      edges.push({ from: edge[1], to: edge[2], label: edge[3] });
    } else if (line.trim() !== "" && !line.startsWith("#")) {
      throw new Error(`not a node, an edge or a comment: ${line}`);
    }
  }
  return { nodes, edges };
}

function drawNode({ x, y, title, lines, kind }) {
  const middle = x + WIDTH / 2;
  const top = y + HEIGHT / 2 - lines.length * 8 + 5;
  const texts = [`<text class="title" x="${middle}" y="${top}">${escape(title)}</text>`];
  lines.forEach((line, index) =>
    texts.push(`<text class="sub" x="${middle}" y="${top + 18 + index * 15}">${escape(line)}</text>`),
  );
  return `<g class="${kind}"><rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="9"/>${texts.join("")}</g>`;
}

function drawEdge({ from, to, label }, nodes) {
  const [a, b] = [nodes.get(from), nodes.get(to)];
  if (!a || !b) throw new Error(`an edge names no node: ${from} ${to}`);
  const [x1, y1, x2, y2] = [a.x + WIDTH, a.y + HEIGHT / 2, b.x - 3, b.y + HEIGHT / 2];
  const bend = (x1 + x2) / 2;
  const path = `<path d="M${x1} ${y1} C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}" marker-end="url(#head)"/>`;
  return label ? `${path}<text class="label" x="${bend}" y="${(y1 + y2) / 2 - 8}">${escape(label)}</text>` : path;
}

function draw({ nodes, edges }, name) {
  const all = [...nodes.values()];
  const width = Math.max(...all.map((node) => node.x)) + WIDTH + MARGIN;
  const height = Math.max(...all.map((node) => node.y)) + HEIGHT + MARGIN;
  const style = [
    "svg{font:13px system-ui,sans-serif}text{text-anchor:middle}.title{font-weight:600;fill:#1f2328}.sub{font-size:11px;fill:#57606a}.label{font-size:11px;fill:#57606a}",
    "rect{fill:#fff;stroke-width:1.5}.yours rect{stroke:#8c959f}.raw rect{stroke:#cf222e}.line rect{stroke:#1a7f37}.file rect{stroke:#1a7f37;fill:#dafbe1}path{fill:none;stroke:#8c959f;stroke-width:1.5}#head path{fill:#8c959f;stroke:none}",
    "@media(prefers-color-scheme:dark){.title{fill:#e6edf3}.sub,.label{fill:#9198a1}rect{fill:#161b22}.file rect{fill:#12261e}.file .title{fill:#e6edf3}}",
  ].join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(name)}">`,
    `<style>${style}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    ...edges.map((edge) => drawEdge(edge, nodes)),
    ...all.map(drawNode),
    "</svg>",
    "",
  ].join("\n");
}

/** The picture that a text beside it describes, as SVG. */
export function renderPicture(root, name) {
  return draw(parse(readFileSync(join(root, "docs/pictures", `${name}.txt`), "utf8")), `The picture ${name}`);
}
