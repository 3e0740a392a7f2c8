/** A real BMC simulator (`ipmi_sim`, package openipmi) on loopback, whose machine is one file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBmc } from "#test/lab/bmc.ts";

export type SimulatedBmc = {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The machine behind it. */
  power(): "on" | "off";
  setPower(state: "on" | "off"): void;
  /** What the BMC was told to boot from, in its own words: `none`, `pxe`, `default` (the disk). */
  bootDevice(): string;
  /** Agrees from now on to everything and does nothing. */
  lie(): void;
  stop(): void;
};

const OBEY = `case "$2 $3" in
"get power") echo "power:$(cat power)" ;;
"set power") echo "$4" >power ;;
"get boot") echo "boot:$(cat boot)" ;;
"set boot") echo "$4" >boot ;;
esac
`;

export function startSimulatedBmc(port: number): SimulatedBmc {
  const directory = mkdtempSync(join(tmpdir(), "brigade-bmc-"));
  const at = (name: string): string => join(directory, name);
  const bmc = { address: "127.0.0.1", port, user: "admin", password: "s3cret-canary" };
  writeFileSync(at("obey.sh"), OBEY);
  writeFileSync(at("boot"), "none\n");
  writeFileSync(at("power"), "0\n");
  const simulator = startBmc({ name: "node1", directory, bmc }, at("obey.sh"));
  return {
    ...bmc,
    power: () => (readFileSync(at("power"), "utf8").trim() === "1" ? "on" : "off"),
    setPower: (state) => writeFileSync(at("power"), state === "on" ? "1\n" : "0\n"),
    bootDevice: () => readFileSync(at("boot"), "utf8").trim(),
    lie: () => writeFileSync(at("chassis.sh"), OBEY.replaceAll(/^"set.*\n/gm, "")),
    stop: () => {
      simulator.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
