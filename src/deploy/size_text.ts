/** `1.5 GB`: as disks are sold. Pure. */
export function gigabytes(bytes: number): string {
  const tenths = Math.round(bytes / 1e8);
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} GB`;
}
