/** A number with four significant digits, thousands apart. */
export const amount = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 4 });

/** A change with its sign, such as +2.0 %. */
export const percent = (share: number): string =>
  Number.isFinite(share) ? `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %` : 'from none';
