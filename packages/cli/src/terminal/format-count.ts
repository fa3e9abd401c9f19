const COUNT = new Intl.NumberFormat("en-US");

/** A count for people to read: `11,996`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}
