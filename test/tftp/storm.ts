/** Many machines that fetch one file at once, for tests: `node test/tftp/storm.ts PORT COUNT FILE`. Prints how many got it whole. */
import { TftpClient } from "./tftp_client.ts";

const [port, count, file = ""] = process.argv.slice(2);

/** Each speaks from an address of its own. @returns a digest of what came */
async function fetchAs(index: number): Promise<string> {
  await using client = new TftpClient(Number(port), `127.1.${index >> 8}.${index & 255}`);
  return (await client.get(file, { blksize: "1432", tsize: "0" })).toString("base64");
}

const results = await Promise.allSettled(Array.from({ length: Number(count) }, (_, index) => fetchAs(index)));
const [first] = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
const whole = results.filter((result) => result.status === "fulfilled" && result.value === first).length;
const failures = results.flatMap((result) => (result.status === "rejected" ? String(result.reason) : []));
process.stdout.write(JSON.stringify({ whole, failures: failures.slice(0, 3) }));
