/** The picture of a snapshot in the docs: what the command prints on a terminal with colours, as SVG. Made by `npm run docs` from the renderer itself. */
import { ansi } from "../../src/cli/paint.ts";
import { renderSnapshot } from "../../src/cli/render/snapshot.ts";
import { ada, dai, holding, snapshot } from "../portfolio/snapshots.ts";

export const picturePath = "docs/portfolio-snapshot.svg";

/** Of a treasury with native and ERC-20 holdings, one token of them nobody listed. */
export function renderPicture(): string {
  const priced = (value: string) => [{ quote: "USD", value }];
  const proven = { sources: 2, attested: true, proven: true };
  const whole = snapshot(
    [
      holding({
        asset: { kind: "native" },
        symbol: "ETH",
        decimals: 18,
        value: 32_500_000_000_000_000_000n,
        values: priced("81250"),
        evidence: proven,
      }),
      holding({ value: 1_234_560_000n, values: priced("1234.56"), evidence: proven }),
      holding({
        asset: { kind: "erc20", address: dai },
        symbol: "DAI",
        decimals: 18,
        value: 250_750_000_000_000_000_000n,
        values: priced("250.75"),
      }),
      holding({
        asset: { kind: "erc20", address: "0x68B1D87F95878fE05B998F19b66F4baba5De1aed" },
        symbol: "USD\u0421",
        value: 1_000_000n,
        remarks: ["unlisted", "symbol_suspicious"],
      }),
    ],
    {
      zero: [{ account: ada, native: false, tokens: ["0xdAC17F958D2ee523a2206206994597C13D831ec7"] }],
      report: { totals: priced("82735.31") },
    },
  );
  const runId = `run:${"5da25c88".repeat(8)}` as const;
  const run = { runId, outputs: { digest: `sha256:${"ae839e44".repeat(8)}` } } as Parameters<typeof renderSnapshot>[0]["run"];
  const names = new Map([["eip155:1", "ethereum"]]);
  return svgOf(renderSnapshot({ snapshot: whole, run, names, symbols: new Map(), all: false, csv: undefined, paint: ansi }));
}

const columnWidth = 8.43;
const lineHeight = 19;
const margin = 16;
const ink = "#d0d7de";
const styles: { readonly [code: string]: string } = {
  "1": 'font-weight="bold"',
  "2": 'fill="#8b949e"',
  "31": 'fill="#ff7b72"',
  "32": 'fill="#7ee787"',
  "33": 'fill="#e3b341"',
  "36": 'fill="#79c0ff"',
};

/** A terminal's text, with its colours, as a picture that stays text. */
function svgOf(text: string): string {
  const lines = text.split("\n");
  const longest = Math.max(...lines.map((line) => line.replaceAll(/\u001b\[\d+m/g, "").length));
  const [width, height] = [Math.ceil(longest * columnWidth) + 2 * margin, lines.length * lineHeight + 2 * margin];
  const rows = lines.map((line, index) => `<text x="${margin}" y="${margin + (index + 0.75) * lineHeight}">${spansOf(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve" role="img" aria-label="a portfolio snapshot">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g fill="${ink}">
${rows.join("\n")}
</g>
</svg>
`;
}

/** Every style ends before the next begins: the renderer does not nest them. */
function spansOf(line: string): string {
  return line.split(/(\u001b\[\d+m)/).reduce<{ readonly made: string; readonly style: string | undefined }>(
    ({ made, style }, part) => {
      const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
      if (code !== undefined) return { made, style: styles[code] };
      const shown = escaped(part);
      return { made: made + (style === undefined || shown === "" ? shown : `<tspan ${style}>${shown}</tspan>`), style };
    },
    { made: "", style: undefined },
  ).made;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
