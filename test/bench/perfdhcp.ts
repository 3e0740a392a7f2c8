/** Runs perfdhcp in a namespace and reads its report. It acts as a relay: its own address is giaddr. */
import { spawnSync } from "node:child_process";

export type SteadyReport = {
  /** Four-way exchanges a second that were completed. */
  readonly rate: number;
  /** Of the packets sent, in percent: no answer within a second. */
  readonly dropPercent: number;
  /** Worst of DISCOVER to OFFER and REQUEST to ACK. */
  readonly averageMs: number;
};

/** Every client at once, each asking again until it has its address. @returns seconds, or `undefined` when they had not all got one by then */
export function avalanche(space: string, clients: number, limitSec: number): number | undefined {
  const text = perfdhcp(space, ["--scenario", "avalanche", "-R", `${clients}`], limitSec);
  const [, hours, minutes, seconds] = /It took (\d+):(\d+):([\d.]+) to provision/.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** So many four-way exchanges a second for some seconds. */
export function steady(space: string, rate: number, seconds: number): SteadyReport {
  const args = ["-r", `${rate}`, "-p", `${seconds}`, "-R", "8000"];
  const text = perfdhcp(space, args, seconds + 15);
  const all = (pattern: RegExp): number[] => [...text.matchAll(pattern)].map((match) => Number(match[1]));
  const [sent, drops] = [all(/^sent packets: (\d+)/gm), all(/^drops: (\d+)/gm)].map((list) =>
    list.reduce((sum, value) => sum + value, 0),
  );
  return {
    rate: all(/^Rate: ([\d.]+)/gm)[0] ?? 0,
    dropPercent: sent ? (100 * (drops ?? 0)) / sent : 100,
    averageMs: Math.max(0, ...all(/^avg delay: ([\d.]+)/gm)),
  };
}

function perfdhcp(space: string, args: readonly string[], limitSec: number): string {
  const words = ["netns", "exec", space, "perfdhcp", "-4", "-B", "-l", "eth0", ...args];
  const ran = spawnSync("ip", words, { encoding: "utf8", timeout: limitSec * 1000, killSignal: "SIGKILL" });
  if (ran.error && !ran.stdout) throw ran.error;
  return ran.stdout;
}
