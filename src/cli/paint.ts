/** Colour for people, and text made safe to print. */

const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const;

export type Style = keyof typeof styles;
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;

export const ansi: Paint = (style, text) => {
  const [on, off] = styles[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

/** Free text as a terminal may have it: what would steer the terminal is written out. New lines stay. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

/** The colour of a run's status. */
export function paintStatus(paint: Paint, status: string): string {
  switch (status) {
    case "succeeded":
    case "resolved":
      return paint("green", status);
    case "failed":
    case "cancelled":
    case "compensated":
      return paint("red", status);
    case "paused":
    case "blocked":
      return paint("yellow", status);
    default:
      return paint("cyan", status);
  }
}
